package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkmm.train.metrics.IterationRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers in executors that are processes of their own. */
@Tag("slow")
class LocalClusterTest {
  private static final ProgressListener SILENT = new ProgressListener() {};

  @TempDir private Path folder;
  private JavaSparkContext spark;

  @BeforeEach
  void start() {
    spark = TestSpark.cluster(2, folder);
  }

  @AfterEach
  void stop() {
    spark.stop();
  }

  @Test
  void workersAreProcessesThatReportToTheDriver() {
    List<Long> seen = new ArrayList<>();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void iteration(IterationRecord values) {
            seen.add(values.iteration());
          }
        };

    List<Long> processes =
        BarrierJob.run(
            spark,
            context -> {
              if (context.place().rank() == 0) {
                for (int i = 1; i <= 100; i++) {
                  context.report().iteration(BarrierJobTest.record(i));
                }
              }
              return ProcessHandle.current().pid();
            },
            BarrierOptions.of("test", 2),
            listener);

    assertThat(processes)
        .doesNotHaveDuplicates()
        .hasSize(2)
        .doesNotContain(ProcessHandle.current().pid());
    assertThat(seen).hasSize(100).isSorted();
  }

  @Test
  void aKilledProcessIsNamedWithRankHostAndIteration() {
    WorkerFailedException error =
        catchThrowableOfType(
            WorkerFailedException.class,
            () ->
                BarrierJob.run(
                    spark, LocalClusterTest::dieOnRank1, BarrierOptions.of("test", 2), SILENT));

    assertThat(error.rank()).isEqualTo(1);
    assertThat(error.iteration()).isEqualTo(7);
    assertThat(error)
        .hasMessageMatching(
            "Cannot go on with 2 workers: rank 1 on host \\S+ \\(executor \\d\\) failed in"
                + " iteration 7: the worker's process is gone: .*");
    assertThat(error.rankTable()).contains("failed");
  }

  private static Integer dieOnRank1(WorkerContext context) throws InterruptedException {
    context.report().step(7);
    context.report().phase("train");
    if (context.place().rank() == 1) {
      Thread.sleep(500);
      Runtime.getRuntime().halt(9);
    }
    Thread.sleep(60_000);
    return 0;
  }

  @Test
  void aFailedWorkerEndsPeersInOtherProcesses() {
    Path ended = folder.resolve("ended");
    String marker = ended.toString();

    WorkerFailedException error =
        catchThrowableOfType(
            WorkerFailedException.class,
            () ->
                BarrierJob.run(
                    spark,
                    context -> {
                      if (context.place().rank() == 1) {
                        Thread.sleep(1000);
                        throw new IllegalStateException("boom");
                      }
                      context.closeAtEnd(() -> Files.createFile(Path.of(marker)));
                      Thread.sleep(60_000);
                      return 0;
                    },
                    BarrierOptions.of("test", 2),
                    SILENT));

    assertThat(error).hasMessageContaining("rank 1").hasMessageContaining("boom");
    assertThat(ended).exists();
  }
}
