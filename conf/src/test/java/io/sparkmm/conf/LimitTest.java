package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LimitTest {

  static Stream<Arguments> limits() {
    return Stream.of(
        Arguments.of(Limit.ANY, "a finite number", Map.of(-1e300, true, 0.0, true)),
        Arguments.of(Limit.POSITIVE, "greater than 0", Map.of(0.0, false, 1e-300, true)),
        Arguments.of(Limit.NOT_NEGATIVE, "at least 0", Map.of(-1e-300, false, 0.0, true)),
        Arguments.of(
            Limit.SHARE, "in [0, 1]", Map.of(-0.1, false, 0.0, true, 1.0, true, 1.1, false)),
        Arguments.of(Limit.BELOW_ONE, "in [0, 1)", Map.of(0.0, true, 0.999, true, 1.0, false)),
        Arguments.of(Limit.atLeast(3), "at least 3", Map.of(2.0, false, 3.0, true)),
        Arguments.of(
            Limit.between(0, 0.5), "in [0, 0.5]", Map.of(0.5, true, 0.51, false, -1.0, false)));
  }

  @ParameterizedTest
  @MethodSource("limits")
  void admitsWhatItDescribes(Limit limit, String description, Map<Double, Boolean> numbers) {
    assertThat(limit.description()).isEqualTo(description);
    numbers.forEach(
        (number, admitted) ->
            assertThat(limit.admits(number)).as("%s admits %s", limit, number).isEqualTo(admitted));
  }

  @Test
  void neverAdmitsWhatIsNoNumber() {
    assertThat(Limit.ANY.admits(Double.NaN)).isFalse();
    assertThat(Limit.ANY.admits(Double.POSITIVE_INFINITY)).isFalse();
    assertThat(Limit.NOT_NEGATIVE.admits(Double.POSITIVE_INFINITY)).isFalse();
  }
}
