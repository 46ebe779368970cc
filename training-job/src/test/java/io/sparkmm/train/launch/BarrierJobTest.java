package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.TimeSplit;
import io.sparkmm.train.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BarrierJobTest {
  private static final ProgressListener SILENT = new ProgressListener() {};
  private static JavaSparkContext spark;

  /** What a peer saw when the job was ended; local workers share this JVM. */
  private static final CountDownLatch PEER_ENDED = new CountDownLatch(1);

  private static final AtomicInteger ABORTS = new AtomicInteger();

  @BeforeAll
  static void start() {
    spark = TestSpark.start("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void runsAllWorkersTogetherAndReturnsResultsInRankOrder() {
    List<WorkerPlace> places =
        BarrierJob.run(spark, WorkerContext::place, BarrierOptions.of("test", 2), SILENT);

    assertThat(places).extracting(WorkerPlace::rank).containsExactly(0, 1);
    assertThat(places).extracting(WorkerPlace::localRank).containsExactly(0, 1);
    assertThat(places).allMatch(place -> place.worldSize() == 2 && place.localWorldSize() == 2);
    assertThat(places).extracting(WorkerPlace::masterPort).doesNotContain(0);
    assertThat(places.get(0).masterPort()).isEqualTo(places.get(1).masterPort());
    assertThat(places.get(0).generation()).isEqualTo(places.get(1).generation());
  }

  @Test
  void tellsTheListenerOfIterationsInOrder() {
    List<Long> seen = new ArrayList<>();
    List<Integer> joined = new ArrayList<>();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void joined(WorkerPlace place) {
            joined.add(place.rank());
          }

          @Override
          public void iteration(IterationRecord values) {
            seen.add(values.iteration());
          }
        };

    BarrierJob.run(
        spark,
        context -> {
          if (context.place().rank() == 0) {
            for (int i = 1; i <= 200; i++) {
              context.report().iteration(record(i));
            }
          }
          return 0;
        },
        BarrierOptions.of("test", 2),
        listener);

    assertThat(joined).containsExactlyInAnyOrder(0, 1);
    assertThat(seen).hasSize(200).isSorted();
  }

  @Test
  void namesTheWorkerThatFailedFirstAndEndsItsPeers() throws InterruptedException {
    WorkerFailedException error =
        catchThrowableOfType(
            WorkerFailedException.class,
            () ->
                BarrierJob.run(
                    spark, BarrierJobTest::failOnRank1, BarrierOptions.of("test", 2), SILENT));

    assertThat(error.rank()).isEqualTo(1);
    assertThat(error.iteration()).isEqualTo(3);
    assertThat(error.workerCause()).isEqualTo("java.lang.IllegalStateException: boom");
    assertThat(error)
        .hasMessageMatching(
            "Cannot go on with 2 workers: rank 1 on host \\S+ \\(executor driver\\) failed in"
                + " iteration 3: java.lang.IllegalStateException: boom");
    assertThat(error.getCause().getStackTrace()[0].getMethodName()).isEqualTo("failOnRank1");
    assertThat(error.rankTable()).contains("failed").hasLineCount(3);
    assertThat(PEER_ENDED.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(ABORTS).hasValue(1);
  }

  private static Integer failOnRank1(WorkerContext context) throws InterruptedException {
    context.report().step(3);
    if (context.place().rank() == 1) {
      throw new IllegalStateException("boom");
    }
    context.onAbort(ABORTS::incrementAndGet);
    context.closeAtEnd(PEER_ENDED::countDown);
    Thread.sleep(60_000);
    return 0;
  }

  @Test
  void doesNotMistakeALostPeerForTheCause() {
    // Rank 0 is heard first, but only because its peer is going down.
    assertThatThrownBy(
            () ->
                BarrierJob.run(
                    spark,
                    context -> {
                      if (context.place().rank() == 0) {
                        throw new CollectiveException(
                            "Connection closed by peer", new IOException("reset"));
                      }
                      Thread.sleep(1000);
                      throw new IllegalArgumentException("bad picture");
                    },
                    BarrierOptions.of("test", 2),
                    SILENT))
        .isInstanceOf(WorkerFailedException.class)
        .hasMessageContaining("rank 1")
        .hasMessageContaining("bad picture");
  }

  @Test
  void namesTheLostPeerWhenNothingElseIsKnown() {
    assertThatThrownBy(
            () ->
                BarrierJob.run(
                    spark,
                    context -> {
                      if (context.place().rank() == 0) {
                        throw new CollectiveException("Timed out", new IOException("20 s"));
                      }
                      Thread.sleep(60_000);
                      return 0;
                    },
                    BarrierOptions.of("test", 2),
                    SILENT))
        .isInstanceOf(WorkerFailedException.class)
        .hasMessageContaining("rank 0")
        .hasMessageContaining("it lost its peers; none of them reported a cause of its own")
        .hasMessageContaining("Timed out");
  }

  @Test
  void errorsOfClosingDoNotReplaceTheCause() {
    assertThatThrownBy(
            () ->
                BarrierJob.run(
                    spark,
                    context -> {
                      context.closeAtEnd(
                          () -> {
                            throw new IOException("cannot close");
                          });
                      throw new IllegalStateException("the cause");
                    },
                    BarrierOptions.of("test", 2),
                    SILENT))
        .isInstanceOf(WorkerFailedException.class)
        .hasMessageContaining("the cause");
  }

  @Test
  void errorsOfClosingDoNotFailAGoodRun() {
    List<Integer> results =
        BarrierJob.run(
            spark,
            context -> {
              context.closeAtEnd(
                  () -> {
                    throw new IOException("cannot close");
                  });
              return context.place().rank();
            },
            BarrierOptions.of("test", 2),
            SILENT);

    assertThat(results).containsExactly(0, 1);
  }

  @Test
  void aBusyPortGivesOneClearMessage() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      BarrierOptions options =
          BarrierOptions.of("test", 2).withMasterPort(OptionalInt.of(taken.getLocalPort()));

      assertThatThrownBy(() -> BarrierJob.run(spark, context -> 0, options, SILENT))
          .isInstanceOf(WorkerFailedException.class)
          .hasMessageContaining("Cannot listen on port " + taken.getLocalPort())
          .hasMessageContaining("choose another --master_port")
          .extracting(error -> ((LaunchException) error).kind())
          .isEqualTo(LaunchException.Kind.PORT_BUSY);
    }
  }

  @Test
  void aFixedPortThatIsFreeIsUsed() throws IOException {
    int port = FreePorts.next();
    List<Integer> opened =
        BarrierJob.run(
            spark,
            context -> {
              if (context.place().rank() > 0) {
                return context.place().masterPort();
              }
              context.releaseMasterPort();
              try (ServerSocket server = new ServerSocket(context.place().masterPort())) {
                return server.getLocalPort();
              }
            },
            BarrierOptions.of("test", 2).withMasterPort(OptionalInt.of(port)),
            SILENT);

    assertThat(opened).containsExactly(port, port);
  }

  @Test
  void picksAnotherPortWhenTheFreeOneIsTakenMeanwhile() {
    List<Integer> results =
        BarrierJob.run(spark, new FailsTwiceOnItsPort(), BarrierOptions.of("test", 2), SILENT);

    assertThat(results).containsExactly(0, 1);
  }

  /** Counts in a static field, since the task is copied for every worker. */
  private record FailsTwiceOnItsPort() implements WorkerTask<Integer> {
    private static final AtomicInteger TRIES = new AtomicInteger();

    @Override
    public Integer run(WorkerContext context) {
      int rank = context.place().rank();
      if (rank == 0 && TRIES.incrementAndGet() < 3) {
        throw new LaunchException(LaunchException.Kind.PORT_BUSY, "Cannot listen on port 1");
      }
      return rank;
    }
  }

  @Test
  void refusesMoreWorkersThanSlots() {
    assertThatThrownBy(
            () -> BarrierJob.run(spark, context -> 0, BarrierOptions.of("test", 3), SILENT))
        .isInstanceOf(LaunchException.class)
        .hasMessage(
            "Cannot start 3 workers: master local[2] has 2 task slots; ask for fewer workers or use"
                + " --master local[3]");
  }

  @Test
  void aFailingListenerEndsTheJobWithItsOwnError() {
    ProgressListener full =
        new ProgressListener() {
          @Override
          public void iteration(IterationRecord values) {
            throw new UncheckedIOException(new IOException("disk full"));
          }
        };

    assertThatThrownBy(
            () ->
                BarrierJob.run(
                    spark,
                    context -> {
                      context.report().iteration(record(1));
                      Thread.sleep(60_000);
                      return 0;
                    },
                    BarrierOptions.of("test", 2),
                    full))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("disk full");
  }

  @Test
  void leavesTheCallersJobGroupAsItWas() {
    spark.setJobGroup("mine", "my jobs", false);
    try {
      BarrierJob.run(spark, context -> 0, BarrierOptions.of("test", 1), SILENT);
      assertThat(spark.getLocalProperty("spark.jobGroup.id")).isEqualTo("mine");
      assertThat(spark.getLocalProperty("spark.job.description")).isEqualTo("my jobs");
    } finally {
      spark.clearJobGroup();
    }
  }

  static IterationRecord record(long iteration) {
    return new IterationRecord(
        iteration,
        200,
        iteration * 8,
        1e-3,
        8,
        Map.of("loss", 1.0),
        1,
        0.5,
        false,
        64,
        32,
        TimeSplit.ofTotal(1.5));
  }
}
