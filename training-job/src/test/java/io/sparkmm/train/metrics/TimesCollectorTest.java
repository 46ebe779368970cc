package io.sparkmm.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimesCollectorTest {
  private static final TimeSplit STEP = new TimeSplit(20, 1, 2, 3, 4, 5, 2, 1, 0);

  private long now;

  @Test
  void tellsOncePerInterval() {
    TimesCollector collector = collector();
    assertThat(collector.add(1, STEP)).isEmpty();
    collector.saved(7);
    WorkerTimes times = collector.add(2, STEP).orElseThrow();

    assertThat(times.rank()).isEqualTo(3);
    assertThat(times.firstIteration()).isEqualTo(1);
    assertThat(times.lastIteration()).isEqualTo(2);
    assertThat(times.times()).isEqualTo(STEP.times(2).plusSave(7));
    assertThat(times.communication()).containsExactly(8f, 8f);
    assertThat(collector.take()).isEmpty();
  }

  @Test
  void tellsOfLongIterationsBeforeTheIntervalIsOver() {
    TimesCollector collector = collector();
    now = Duration.ofSeconds(5).toNanos();

    assertThat(collector.add(1, STEP).map(WorkerTimes::iterations)).contains(1);
    assertThat(collector.add(3, STEP)).isEmpty();
  }

  @Test
  void aRunThatGoesOnBeginsWithItsOwnIteration() {
    TimesCollector collector = collector();
    assertThat(collector.add(8, STEP).map(WorkerTimes::firstIteration)).contains(8L);
  }

  @Test
  void savingAfterTheLastReportIsNotLost() {
    TimesCollector collector = collector();
    collector.add(2, STEP);
    collector.saved(11);
    WorkerTimes rest = collector.take().orElseThrow();

    assertThat(rest.iterations()).isZero();
    assertThat(rest.lastIteration()).isEqualTo(2);
    assertThat(rest.times().save()).isEqualTo(11);
  }

  private TimesCollector collector() {
    return new TimesCollector(3, 2, Duration.ofSeconds(5), () -> now);
  }
}
