package io.sparkmm.data.order;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class Mt19937Test {
  @Test
  void givesThePublishedNumbersOfTheDefaultSeed() {
    Mt19937 generator = new Mt19937(5489);
    assertThat(generator.next()).isEqualTo(3499211612L);
    assertThat(generator.next()).isEqualTo(581869302L);
    for (int i = 2; i < 9_999; i++) {
      generator.next();
    }
    // The value that the C++ standard prescribes for the 10,000th call.
    assertThat(generator.next()).isEqualTo(4123659995L);
  }

  @Test
  void onlyTheLowerHalfOfTheSeedCounts() {
    assertThat(new Mt19937((1L << 40) + 3).next()).isEqualTo(new Mt19937(3).next());
    assertThat(new Mt19937(4).next()).isNotEqualTo(new Mt19937(3).next());
  }

  @Test
  void numbersAreUnsigned() {
    Mt19937 generator = new Mt19937(1);
    for (int i = 0; i < 2_000; i++) {
      assertThat(generator.next()).isBetween(0L, 0xffffffffL);
    }
  }
}
