package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.loop.TrainContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on workers that are processes of their own. */
@Tag("slow")
class TrainClusterTest {
  @TempDir private Path folder;
  private JavaSparkContext spark;
  private ShapesRun run;

  @BeforeEach
  void start() {
    spark = TestSpark.cluster(2, folder.resolve("spark"));
    run = ShapesRun.prepare(spark, folder);
  }

  @AfterEach
  void stop() {
    spark.stop();
  }

  @Test
  void trainsInSeparateProcessesAndExports() {
    TrainJobResult result = train("out");

    assertThat(result.workers()).isEqualTo(2);
    assertThat(result.consumedSamples()).isEqualTo(40);
    assertThat(result.metricsFile().orElseThrow()).content().hasLineCount(5);
    assertThat(result.exportFolder().orElseThrow().resolve("model.safetensors")).exists();
  }

  @Test
  void aKilledWorkerIsNamedAndNothingIsExported() {
    WorkerFailedException error =
        catchThrowableOfType(
            WorkerFailedException.class,
            () ->
                train(
                    "out",
                    "--program",
                    DiesInThirdIteration.class.getName(),
                    "--max-restarts",
                    "0"));

    assertThat(error.rank()).isEqualTo(1);
    assertThat(error)
        .hasMessageMatching(
            "(?s)Cannot go on with 2 workers: rank 1 on host \\S+ \\(executor \\d\\) failed in"
                + " iteration \\d: the worker's process is gone: .*");
    assertThat(error.rankTable()).contains("failed").hasLineCount(3);
    assertThat(folder.resolve("out/hf")).doesNotExist();
  }

  /** Ends the process of rank 1 without a word. */
  public static final class DiesInThirdIteration extends VlmSftProgram {
    private int batches;

    /** Made by the workers. */
    public DiesInThirdIteration(TrainPlan.Program plan) {
      super(plan);
    }

    @Override
    public Batch getBatch(BatchIterator iterator, TrainContext context) {
      if (context.rank() == 1 && ++batches == 5) {
        Runtime.getRuntime().halt(9);
      }
      return super.getBatch(iterator, context);
    }
  }

  private TrainJobResult train(String name, String... extra) {
    String[] arguments = new String[extra.length + 4];
    System.arraycopy(extra, 0, arguments, 4, extra.length);
    arguments[0] = "--save";
    arguments[1] = folder.resolve(name).toString();
    arguments[2] = "--save-interval";
    arguments[3] = "5";
    return TrainJob.run(
        spark,
        run.settings(arguments),
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
  }
}
