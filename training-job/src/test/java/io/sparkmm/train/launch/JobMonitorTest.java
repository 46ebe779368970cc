package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobMonitorTest {
  private static final Patience SHORT =
      new Patience(
          Duration.ofSeconds(15),
          Duration.ofMillis(200),
          Duration.ofMinutes(10),
          Duration.ofMinutes(10));

  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final JobMonitor monitor =
      new JobMonitor(2, new ProgressListener() {}, cancelled::countDown, SHORT);

  @AfterEach
  void close() {
    monitor.close();
  }

  @Test
  void theFirstCauseCountsAndEndsTheJob() throws InterruptedException {
    join();
    monitor.accept(failed(WorkerFailure.Origin.PEER, 0, "Connection closed by peer"));
    monitor.accept(failed(WorkerFailure.Origin.OWN, 1, "disk full"));
    monitor.accept(failed(WorkerFailure.Origin.OWN, 0, "interrupted"));

    assertThat(cancelled.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(verdict())
        .isInstanceOf(WorkerFailedException.class)
        .hasMessageContaining("rank 1 on host node-1 (executor e1) failed in iteration 4")
        .hasMessageEndingWith("disk full");
  }

  @Test
  void aLostProcessIsACause() {
    join();
    monitor.accept(failed(WorkerFailure.Origin.PEER, 0, "Connection closed by peer"));
    monitor.taskLost(
        LaunchException.Kind.WORKER, 1, "node-1", "e1", "the worker's process is gone");

    assertThat(verdict()).hasMessageContaining("rank 1").hasMessageContaining("process is gone");
  }

  @Test
  void sparksReportOfATaskDoesNotReplaceTheWorkersOwn() {
    join();
    monitor.accept(failed(WorkerFailure.Origin.OWN, 1, "disk full"));
    monitor.taskLost(LaunchException.Kind.WORKER, 1, "node-1", "e1", "LaunchException: rank 1");

    assertThat(verdict()).hasMessageEndingWith("disk full");
  }

  @Test
  void aFailureBeforeRanksAreGivenOutNamesThePartition() {
    monitor.taskLost(LaunchException.Kind.WORKER, 1, "node-1", "e1", "no such class");

    assertThat(verdict())
        .hasMessage(
            "Cannot go on with 2 workers: the worker of partition 1 on host node-1 (executor e1)"
                + " failed in phase start: no such class");
  }

  @Test
  void withoutAnyReportSparksWordIsPassedOn() {
    assertThat(verdict())
        .hasMessage("Cannot go on with 2 workers: Spark ended the job: Job 0 cancelled")
        .extracting(LaunchException::kind)
        .isEqualTo(LaunchException.Kind.CANCELLED);
  }

  @Test
  void theTableShowsEveryRank() {
    monitor.accept(new ProgressMessage.Joined("r", place(1)));
    monitor.accept(new ProgressMessage.Beat("r", 1, "train", 12, 0, ""));
    monitor.accept(failed(WorkerFailure.Origin.OWN, 1, "disk full"));

    assertThat(((WorkerFailedException) verdict()).rankTable().lines().toList())
        .satisfiesExactly(
            header -> assertThat(header).contains("rank", "host", "phase", "step", "last seen"),
            first -> assertThat(first).isEqualTo("   0  not joined"),
            second -> assertThat(second).matches("   1  node-1 +e1 +failed +4  \\d+\\.\\d s ago"));
  }

  @Test
  void workersWithoutSlotsAreNamedAfterTheLimit() throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    Patience noTime = SHORT.withSlots(Duration.ZERO);
    try (JobMonitor waiting =
        new JobMonitor(3, new ProgressListener() {}, ended::countDown, noTime)) {
      waiting.accept(new ProgressMessage.Arrived("r", 1, "node-1", "e1"));

      assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(waiting.verdict(new IllegalStateException("Job 0 cancelled")))
          .hasMessageMatching(
              "Cannot start 3 workers: all but those of partitions \\[0, 2\\] got a task slot"
                  + " within \\d+ s; .* or raise spark.sparkmm.slotsTimeout")
          .extracting(LaunchException::kind)
          .isEqualTo(LaunchException.Kind.SLOTS);
    }
  }

  @Test
  void aWorkerWithoutProgressIsACause() throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    Patience noTime = SHORT.withStall(Duration.ZERO);
    try (JobMonitor watching =
        new JobMonitor(2, new ProgressListener() {}, ended::countDown, noTime)) {
      watching.accept(new ProgressMessage.Joined("r", place(0)));
      watching.accept(new ProgressMessage.Beat("r", 0, "train", 7, 5, "all-gather"));
      watching.accept(new ProgressMessage.Joined("r", place(1)));
      watching.accept(new ProgressMessage.Beat("r", 1, "train", 7, 5, ""));

      assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(watching.verdict(new IllegalStateException("Job 0 cancelled")))
          .hasMessageMatching(
              "Cannot go on with 2 workers: rank 1 on host node-1 \\(executor e1\\) failed in"
                  + " iteration 7: no progress for \\d+ s in phase train, the limit is 0 s .*")
          .extracting(LaunchException::kind)
          .isEqualTo(LaunchException.Kind.STALLED);
    }
  }

  @Test
  void aLostPeerIsReportedWithThoseWhoKeptItWaiting() {
    join();
    monitor.accept(new ProgressMessage.Beat("r", 0, "train", 4, 9, "all-reduce"));
    monitor.accept(new ProgressMessage.Beat("r", 1, "train", 4, 9, ""));
    monitor.accept(failed(WorkerFailure.Origin.PEER, 0, "Timed out"));

    assertThat(verdict())
        .hasMessageMatching(
            ".*none of them reported a cause of its own.*Timed out; when it noticed, rank 1 has"
                + " been busy in phase train, iteration 4, for \\d+ s");
  }

  @Test
  void resultsAreThereWhenAllWorkersAreDone() {
    join();
    monitor.accept(new ProgressMessage.Done("r", 1, "one"));
    assertThat(monitor.results()).isEmpty();
    monitor.accept(new ProgressMessage.Done("r", 0, "zero"));
    assertThat(monitor.results()).contains(List.of("zero", "one"));
  }

  @Test
  void refusesMessagesThatItDoesNotKnow() {
    assertThatThrownBy(() -> monitor.accept(() -> "r"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot handle a ");
  }

  private void join() {
    monitor.accept(new ProgressMessage.Joined("r", place(0)));
    monitor.accept(new ProgressMessage.Joined("r", place(1)));
  }

  private LaunchException verdict() {
    return monitor.verdict(new IllegalStateException("Job 0 cancelled\nand more"));
  }

  private static ProgressMessage failed(WorkerFailure.Origin origin, int rank, String message) {
    return new ProgressMessage.Failed(
        "r",
        new WorkerFailure(
            origin,
            LaunchException.Kind.WORKER,
            rank,
            rank,
            "node-" + rank,
            "e" + rank,
            "train",
            4,
            false,
            RemoteError.of(new IOException(message))));
  }

  private static WorkerPlace place(int rank) {
    return new WorkerPlace(
        rank, 2, 0, 1, "node-" + rank, "e" + rank, rank, 1, List.of(), "node-0", 5000, "g");
  }
}
