package io.sparkmm.data.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class SampleChoiceTest {
  @Test
  void takesTheFirstSamplesOrSomeFromAllOver() {
    assertThat(SampleChoice.first(3).positions(100)).containsExactly(0, 1, 2);
    assertThat(SampleChoice.first(3).positions(2)).containsExactly(0, 1);
    long[] spread = SampleChoice.spread(4, 7).positions(1000);
    for (int i = 0; i < 4; i++) {
      assertThat(spread[i]).isBetween(250L * i, 250L * i + 249);
    }
    assertThat(spread).isEqualTo(SampleChoice.spread(4, 7).positions(1000));
    assertThat(spread).isNotEqualTo(SampleChoice.spread(4, 8).positions(1000));
  }

  @Test
  void refusesANegativeCount() {
    assertThatThrownBy(() -> SampleChoice.first(-1)).hasMessage("Cannot show -1 samples");
  }

  @Property(seed = "1", tries = 200)
  void positionsAreDifferentAndInside(
      @ForAll @IntRange(max = 50) int count,
      @ForAll @LongRange(max = 5_000_000_000L) long size,
      @ForAll long seed) {
    long[] positions = SampleChoice.spread(count, seed).positions(size);
    assertThat(positions.length).isEqualTo((int) Math.min(count, size));
    assertThat(Arrays.stream(positions).distinct().count()).isEqualTo(positions.length);
    assertThat(Arrays.stream(positions)).isSorted().allMatch(at -> at >= 0 && at < size);
  }
}
