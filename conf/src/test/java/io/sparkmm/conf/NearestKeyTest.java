package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestKeyTest {

  @ParameterizedTest
  @CsvSource({
    "'', '', 0",
    "a, '', 1",
    "abc, abc, 0",
    "abc, abd, 1",
    "abc, acb, 1",
    "abc, ab, 1",
    "kitten, sitting, 3",
    "shardin_size, sharding_size, 1",
  })
  void countsEdits(String a, String b, int distance) {
    assertThat(NearestKey.distance(a, b)).isEqualTo(distance);
  }

  @Test
  void findsTheNearestWhateverTheCase() {
    assertThat(NearestKey.find("LERNING_RATE", List.of("batch", "learning_rate")))
        .contains("learning_rate");
  }

  @Test
  void takesTheFirstOfEquals() {
    assertThat(NearestKey.find("ac", List.of("ab", "ad"))).contains("ab");
  }

  @Test
  void doesNotGuessWildly() {
    assertThat(NearestKey.find("colour", List.of("sharding_size", "param_dtype"))).isEmpty();
    assertThat(NearestKey.find("x", List.of())).isEmpty();
  }

  @Property(seed = "1")
  void isTheSameBothWaysRound(
      @ForAll @AlphaChars @StringLength(max = 12) String a,
      @ForAll @AlphaChars @StringLength(max = 12) String b) {
    assertThat(NearestKey.distance(a, b)).isEqualTo(NearestKey.distance(b, a));
  }

  @Property(seed = "1")
  void isZeroForEqualTextsOnlyAndNeverAboveTheLongerOne(
      @ForAll @AlphaChars @StringLength(max = 12) String a,
      @ForAll @AlphaChars @StringLength(max = 12) String b) {
    assertThat(NearestKey.distance(a, b) == 0).isEqualTo(a.equals(b));
    assertThat(NearestKey.distance(a, b)).isLessThanOrEqualTo(Math.max(a.length(), b.length()));
  }
}
