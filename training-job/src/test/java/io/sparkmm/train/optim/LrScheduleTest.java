package io.sparkmm.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.optim.LrSettings.Warmup;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LrScheduleTest {
  private static final Warmup TENTH = new Warmup(0.0, 0.1, 0);

  @ParameterizedTest
  @CsvSource({
    "1, 0, 0, 0, 0",
    "2, 1.000000E-06, 1.000000E-06, 1.000000E-06, 1.000000E-06",
    "11, 1.000000E-05, 1.000000E-05, 1.000000E-05, 1.000000E-05",
    "12, 9.996954E-06, 9.888889E-06, 9.534626E-06, 9.997259E-06",
    "56, 5.000000E-06, 5.000000E-06, 4.264014E-06, 5.500000E-06",
    "100, 3.045865E-09, 1.111111E-07, 3.178209E-06, 1.002741E-06"
  })
  void valuesOfAHundredIterationsOfEightSamples(
      int iteration, double cosine, double linear, double inverseRoot, double cosineWithFloor) {
    long samples = 8L * (iteration - 1);

    assertSixDigits(schedule(LrDecayStyle.COSINE, 0.0).at(samples), cosine);
    assertSixDigits(schedule(LrDecayStyle.LINEAR, 0.0).at(samples), linear);
    assertSixDigits(schedule(LrDecayStyle.INVERSE_SQUARE_ROOT, 0.0).at(samples), inverseRoot);
    assertSixDigits(schedule(LrDecayStyle.COSINE, 1e-6).at(samples), cosineWithFloor);
  }

  @Test
  void staysAtTheFloorAfterTheDecay() {
    LrSettings half =
        new LrSettings(
            LrDecayStyle.COSINE, 1e-5, 1e-6, Warmup.NONE, OptionalInt.of(50), Optional.empty());
    LrSchedule schedule = LrSchedule.create(half, 100, 8);

    assertThat(schedule.at(400)).isCloseTo(1e-6, within(1e-18));
    assertThat(schedule.at(401)).isEqualTo(1e-6);
  }

  @Test
  void constantWithoutWarmupNeverChanges() {
    LrSchedule schedule = LrSchedule.create(LrSettings.constant(3e-4), 10, 4);

    assertThat(schedule.at(0)).isEqualTo(3e-4);
    assertThat(schedule.at(10_000)).isEqualTo(3e-4);
  }

  @Test
  void warmupRisesFromItsInitialValueOverItsIterations() {
    LrSettings settings =
        new LrSettings(
            LrDecayStyle.CONSTANT,
            1.0,
            0.0,
            new Warmup(0.2, 0.0, 4),
            OptionalInt.empty(),
            Optional.empty());
    LrSchedule schedule = LrSchedule.create(settings, 10, 2);

    assertThat(schedule.at(0)).isEqualTo(0.2);
    assertThat(schedule.at(4)).isCloseTo(0.6, within(1e-15));
    assertThat(schedule.at(8)).isEqualTo(1.0);
  }

  @ParameterizedTest
  @CsvSource({"LINEAR, 0.5", "COSINE, 0.5", "EXPONENTIAL, 0.41421356237309515"})
  void lastStretchOfWsdFallsByItsOwnStyle(WsdDecay.Style style, double middle) {
    LrSettings settings =
        new LrSettings(
            LrDecayStyle.WSD,
            1.0,
            0.0,
            Warmup.NONE,
            OptionalInt.empty(),
            Optional.of(new WsdDecay(style, 20)));
    LrSchedule schedule = LrSchedule.create(settings, 100, 1);

    assertThat(schedule.at(80)).isEqualTo(1.0);
    assertThat(schedule.at(90)).isCloseTo(middle, within(1e-12));
    assertThat(schedule.at(100)).isCloseTo(0.0, within(1e-12));
  }

  @Test
  void refusesRatesAndLengthsOutOfOrder() {
    assertRefused(
        settings(1e-5, 2e-5, Warmup.NONE), "min-lr 2.0E-5 is not between 0 and lr 1.0E-5");
    assertRefused(
        settings(1e-5, 0, new Warmup(1e-4, 0.1, 0)),
        "lr-warmup-init 1.0E-4 is not between 0 and lr 1.0E-5");
    assertRefused(
        settings(1e-5, 0, new Warmup(0, 0, 100)),
        "the warm-up of 800.0 samples is not shorter than the decay of 800.0 samples");
    assertRefused(
        new LrSettings(
            LrDecayStyle.WSD, 1.0, 0, Warmup.NONE, OptionalInt.empty(), Optional.empty()),
        "style WSD needs lr-wsd-decay-iters");
    assertThatThrownBy(() -> new Warmup(0, 1.0, 0)).hasMessageContaining("fraction is 1.0");
    assertThatThrownBy(() -> new Warmup(0, 0.1, 5)).hasMessageContaining("either a fraction");
  }

  @Test
  void stylesAreFoundByTheirWordInAnyCase() {
    assertThat(LrDecayStyle.of("Inverse-Square-Root")).contains(LrDecayStyle.INVERSE_SQUARE_ROOT);
    assertThat(LrDecayStyle.of("wsd")).contains(LrDecayStyle.WSD);
    assertThat(LrDecayStyle.of("polynomial")).isEmpty();
  }

  private static LrSettings settings(double lr, double min, Warmup warmup) {
    return new LrSettings(
        LrDecayStyle.COSINE, lr, min, warmup, OptionalInt.empty(), Optional.empty());
  }

  private static LrSchedule schedule(LrDecayStyle style, double min) {
    return LrSchedule.create(
        new LrSettings(style, 1e-5, min, TENTH, OptionalInt.empty(), Optional.empty()), 100, 8);
  }

  private static void assertRefused(LrSettings settings, String reason) {
    assertThatThrownBy(() -> LrSchedule.create(settings, 100, 8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot make a learning-rate schedule: " + reason);
  }

  private static void assertSixDigits(double actual, double expected) {
    assertThat(String.format(Locale.ROOT, "%.6E", actual))
        .isEqualTo(String.format(Locale.ROOT, "%.6E", expected));
  }
}
