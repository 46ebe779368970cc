package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SceneRandomTest {
  private static final int DRAWS = 40_000;

  @Test
  void theSameSeedAndLabelsGiveTheSameNumbers() {
    SceneRandom first = SceneRandom.of(3, 1, 2);
    SceneRandom second = SceneRandom.of(3, 1, 2);
    for (int i = 0; i < 100; i++) {
      assertThat(second.uniform()).isEqualTo(first.uniform());
      assertThat(second.gaussian()).isEqualTo(first.gaussian());
    }
  }

  @Test
  void eachSeedAndLabelHasNumbersOfItsOwn() {
    Set<Double> seen = new HashSet<>();
    for (long seed = 0; seed < 20; seed++) {
      for (long split = 0; split < 2; split++) {
        for (long index = 0; index < 200; index++) {
          assertThat(seen.add(SceneRandom.of(seed, split, index).uniform())).isTrue();
        }
      }
    }
  }

  @Test
  void theOrderOfLabelsMatters() {
    assertThat(SceneRandom.of(0, 1, 2).uniform()).isNotEqualTo(SceneRandom.of(0, 2, 1).uniform());
    assertThat(SceneRandom.of(1, 2).uniform()).isNotEqualTo(SceneRandom.of(2, 1).uniform());
  }

  @Test
  void uniformNumbersFillTheirRange() {
    SceneRandom random = SceneRandom.of(9);
    int[] counts = new int[10];
    for (int i = 0; i < DRAWS; i++) {
      double value = random.uniform(5, 15);
      assertThat(value).isGreaterThanOrEqualTo(5).isLessThan(15);
      counts[(int) value - 5]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(DRAWS / 10 - 300, DRAWS / 10 + 300);
    }
  }

  @Test
  void gaussianNumbersHaveTheirMoments() {
    SceneRandom random = SceneRandom.of(4);
    double sum = 0;
    double squares = 0;
    int beyondTwo = 0;
    for (int i = 0; i < DRAWS; i++) {
      double value = random.gaussian();
      sum += value;
      squares += value * value;
      beyondTwo += Math.abs(value) > 2 ? 1 : 0;
    }
    assertThat(sum / DRAWS).isBetween(-0.02, 0.02);
    assertThat(squares / DRAWS).isBetween(0.97, 1.03);
    assertThat((double) beyondTwo / DRAWS).isBetween(0.041, 0.050);
  }

  @Property(seed = "1", tries = 100)
  void boundedNumbersStayBelowTheirBound(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 1000) int bound) {
    SceneRandom random = SceneRandom.of(seed);
    for (int i = 0; i < 50; i++) {
      assertThat(random.below(bound)).isBetween(0, bound - 1);
    }
  }

  @Test
  void chancesAndPicksFollowTheirShares() {
    SceneRandom random = SceneRandom.of(8);
    int hits = 0;
    int picks = 0;
    for (int i = 0; i < DRAWS; i++) {
      hits += random.chance(0.3) ? 1 : 0;
      picks += random.pick(List.of("a", "b", "c", "d")).equals("c") ? 1 : 0;
    }
    assertThat((double) hits / DRAWS).isBetween(0.29, 0.31);
    assertThat((double) picks / DRAWS).isBetween(0.24, 0.26);
    assertThat(random.chance(0)).isFalse();
    assertThat(random.chance(1)).isTrue();
  }
}
