package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StallDetectorTest {
  private final AtomicLong clock = new AtomicLong();
  private final StallDetector detector = new StallDetector(Duration.ofSeconds(60), clock::get);

  @Test
  void aBusyWorkerWithoutProgressIsFoundAfterTheLimit() {
    beat(0, "train", 7, 3, "all-gather");
    beat(1, "train", 7, 2, "");
    pass(59);
    assertThat(detector.check()).isEmpty();
    pass(2);
    beat(0, "train", 7, 3, "all-gather");
    beat(1, "train", 7, 2, "");

    assertThat(detector.check())
        .contains(
            new StallDetector.Stall(
                1,
                "no progress for 61 s in phase train, the limit is 60 s"
                    + " (--distributed-timeout-minutes)"));
  }

  @Test
  void anyProgressStartsTheTimeAgain() {
    beat(0, "train", 7, 3, "");
    pass(50);
    beat(0, "train", 7, 4, "");
    pass(50);
    beat(0, "train", 8, 4, "");
    pass(50);
    beat(0, "save", 8, 4, "");
    pass(50);

    assertThat(detector.check()).isEmpty();
  }

  @Test
  void otherPhasesHaveThreeTimesAsLong() {
    beat(0, "load", 0, 0, "");
    pass(179);
    assertThat(detector.check()).isEmpty();
    pass(2);
    assertThat(detector.check().orElseThrow().text())
        .startsWith("no progress for 181 s in phase load, the limit is 180 s");
  }

  @Test
  void aWorkerThatWaitsForOneWithProgressIsLeftAlone() {
    beat(0, "train", 7, 3, "all-gather");
    for (int i = 0; i < 10; i++) {
      pass(10);
      beat(0, "train", 7, 3, "all-gather");
      beat(1, "train", 7, 10 + i, "");
    }

    assertThat(detector.check()).isEmpty();
  }

  @Test
  void workersThatAllWaitAreFoundTogether() {
    beat(0, "train", 7, 3, "all-gather");
    beat(1, "train", 7, 3, "all-reduce");
    pass(61);
    beat(0, "train", 7, 3, "all-gather");
    beat(1, "train", 7, 3, "all-reduce");

    assertThat(detector.check().orElseThrow().text())
        .endsWith("all workers wait for each other: rank 0 in all-gather, rank 1 in all-reduce");
  }

  @Test
  void aSilentWorkerDoesNotCountAsWaiting() {
    beat(0, "train", 7, 3, "all-gather");
    beat(1, "train", 7, 3, "all-gather");
    pass(61);
    beat(0, "train", 7, 3, "all-gather");

    assertThat(detector.check().orElseThrow().rank()).isEqualTo(1);
    assertThat(detector.check().orElseThrow().text())
        .endsWith("; nothing was heard of it for 61 s");
  }

  @Test
  void whoHasEndedMayBeSilent() {
    beat(0, "train", 7, 3, "");
    detector.ended(0);
    pass(1000);

    assertThat(detector.check()).isEmpty();
  }

  @Test
  void suspectsAreThoseWhoDoNotWait() {
    beat(0, "train", 7, 3, "all-gather");
    beat(1, "train", 7, 2, "");
    pass(5);

    assertThat(detector.suspects())
        .isEqualTo("rank 1 has been busy in phase train, iteration 7, for 5 s");
  }

  private void beat(int rank, String phase, long step, long moves, String waitsFor) {
    detector.beat(new ProgressMessage.Beat("r", rank, phase, step, moves, waitsFor));
  }

  private void pass(int seconds) {
    clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }
}
