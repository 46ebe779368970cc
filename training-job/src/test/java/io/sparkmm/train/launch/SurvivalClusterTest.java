package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on processes that are killed or stand still end like the run that nothing happened to. */
@Tag("slow")
class SurvivalClusterTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static JavaSparkContext spark;
  private static ShapesRun run;
  private static TrainJobResult undisturbed;

  @BeforeAll
  static void trainUndisturbed() {
    spark = TestSpark.cluster(2, folder.resolve("spark"), Survival.STALL_TIMEOUT + "=30s");
    run = ShapesRun.prepare(spark, folder);
    undisturbed = train("undisturbed").result;
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void aKilledWorkerChangesNothing() throws IOException {
    Outcome outcome = train("killed", "--fault-plan", "kill(rank=1, step=3)");

    assertSameResult(outcome);
    assertThat(outcome.printed)
        .anyMatch(
            line ->
                line.matches(
                    "attempt 2 goes on from iteration 2 after: rank 1 on host \\S+ \\(executor \\d+\\) failed in"
                        + " iteration 3: the worker's process is gone: .*137.*"));
    assertThat(restarts("killed")).hasSize(1);
    assertThat(restarts("killed").get(0)).contains("\"from_iteration\":2,\"reached_iteration\":2");
  }

  @Test
  void aWorkerMayBeKilledWhileACheckpointIsWritten() throws IOException {
    Outcome outcome =
        train(
            "saving",
            "--fault-plan",
            "kill(rank=0, step=2, during=save); kill(rank=1, step=4, during=save)");

    assertSameResult(outcome);
    assertThat(restarts("saving"))
        .satisfiesExactly(
            first -> assertThat(first).contains("\"from_iteration\":0,"),
            second -> assertThat(second).contains("\"from_iteration\":2,"));
  }

  @Test
  void aFullDiskLeavesTheCheckpointBeforeAndIsTriedAgain() throws IOException {
    Outcome outcome = train("full", "--fault-plan", "disk_full(step=4)");

    assertSameResult(outcome);
    assertThat(restarts("full")).hasSize(1);
    assertThat(restarts("full").get(0))
        .contains("\"from_iteration\":2,")
        .contains("No space left on device");
  }

  @Test
  void aDamagedCheckpointIsGivenUpForTheOneBefore() throws IOException {
    Outcome outcome =
        train(
            "damaged", "--fault-plan", "corrupt(step=4, file=__0_0.distcp); kill(rank=0, step=5)");

    assertSameResult(outcome);
    assertThat(restarts("damaged"))
        .satisfiesExactly(
            first -> assertThat(first).contains("\"from_iteration\":4,"),
            second ->
                assertThat(second).contains("\"from_iteration\":2,").contains("__0_0.distcp"));
  }

  @Test
  void rankZeroMayBeKilledInsideAnExchange() throws IOException {
    assertSameResult(train("exchange", "--fault-plan", "kill(rank=0, step=2, during=collective)"));
  }

  @Test
  void aWorkerMayBeKilledWhileTheModelIsExported() throws IOException {
    assertSameResult(train("export", "--fault-plan", "kill(rank=0, during=export)"));
    assertThat(folder.resolve("export"))
        .isDirectoryNotContaining(path -> path.getFileName().toString().startsWith(".hf"));
  }

  @Test
  void aWorkerThatStandsStillIsEndedAndReplaced() throws IOException {
    Outcome outcome = train("stalled", "--fault-plan", "stall(rank=1, step=3, seconds=600)");

    assertSameResult(outcome);
    assertThat(outcome.printed)
        .anyMatch(
            line ->
                line.matches(
                    "attempt 2 .* after: rank 1 .* failed in iteration 3: no progress for \\d+ s in"
                        + " phase train, the limit is 30 s .*"));
  }

  @Test
  void tooManyKillsEndTheRunAndNameTheFirst() {
    WorkerFailedException error =
        catchThrowableOfType(
            WorkerFailedException.class,
            () ->
                train(
                    "hopeless",
                    "--max-restarts",
                    "1",
                    "--fault-plan",
                    "kill(rank=1, step=1); kill(rank=0, step=2)"));

    assertThat(error)
        .hasMessageContaining("rank 0")
        .hasMessageContaining("failure 2 in a row: 1 restarts (--max-restarts) brought no new")
        .hasMessageContaining("the first of these failures was: rank 1 on host ");
    assertThat(folder.resolve("hopeless/hf")).doesNotExist();
  }

  @Test
  void twoJobsOnOneMachineDoNotDisturbEachOther() throws Exception {
    List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().get()));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.matches("--.*|-D.*|-XX.*"))
        .forEach(command::add);
    command.addAll(TestSpark.SHORT_LIVED);
    command.addAll(
        List.of(
            "-Xmx600m",
            "-D" + TestSpark.shortLivedExecutors(),
            "-Dspark.master=local-cluster[2,1,1024]",
            "-Dspark.executor.memory=600m",
            "-Dspark.executor.extraClassPath=" + System.getProperty("java.class.path"),
            "-Dspark.executorEnv.SPARK_SCALA_VERSION=2.13",
            "-Dspark.ui.enabled=false",
            "-Dspark.driver.host=127.0.0.1",
            "-Dspark.driver.bindAddress=127.0.0.1",
            "-Dspark.local.dir=" + folder.resolve("spark"),
            "-cp",
            System.getProperty("java.class.path"),
            TrainMain.class.getName()));
    command.addAll(
        run.arguments("--save", folder.resolve("neighbour").toString(), "--save-interval", "2"));
    Path printed = folder.resolve("neighbour.log");
    Process neighbour =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    try {
      assertSameResult(train("beside", "--fault-plan", "slow(rank=0, ms=1000)"));
      assertThat(neighbour.waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertThat(neighbour.exitValue()).as(Files.readString(printed)).isZero();
      assertThat(folder.resolve("neighbour/hf/model.safetensors"))
          .hasSameBinaryContentAs(
              undisturbed.exportFolder().orElseThrow().resolve("model.safetensors"));
    } finally {
      neighbour.destroyForcibly();
    }
  }

  private record Outcome(TrainJobResult result, List<String> printed) {}

  private static void assertSameResult(Outcome outcome) throws IOException {
    assertThat(outcome.result.exportFolder().orElseThrow().resolve("model.safetensors"))
        .hasSameBinaryContentAs(
            undisturbed.exportFolder().orElseThrow().resolve("model.safetensors"));
    assertThat(metrics(outcome.result)).hasSize(5).isEqualTo(metrics(undisturbed));
  }

  private static Outcome train(String name, String... extra) {
    List<String> arguments =
        new ArrayList<>(List.of("--save", folder.resolve(name).toString(), "--save-interval", "2"));
    arguments.addAll(List.of(extra));
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    TrainJobResult result =
        TrainJob.run(
            spark,
            run.settings(arguments.toArray(String[]::new)),
            new PrintStream(printed, true, StandardCharsets.UTF_8));
    return new Outcome(result, printed.toString(StandardCharsets.UTF_8).lines().toList());
  }

  private static List<String> restarts(String name) throws IOException {
    return Files.readAllLines(folder.resolve(name).resolve(TrainJob.RESTARTS_FILE));
  }

  /** Lines of the metrics file without times. */
  private static List<ObjectNode> metrics(TrainJobResult result) throws IOException {
    List<ObjectNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(result.metricsFile().orElseThrow())) {
      ObjectNode values = (ObjectNode) JSON.readTree(line);
      List<String> times = new ArrayList<>();
      values.fieldNames().forEachRemaining(times::add);
      times.removeIf(key -> !key.endsWith("_ms") && !key.endsWith("per_second"));
      values.remove(times);
      lines.add(values);
    }
    return lines;
  }
}
