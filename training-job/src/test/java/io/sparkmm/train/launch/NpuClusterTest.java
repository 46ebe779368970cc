package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.npu.standin.StandInBuild;
import io.sparkmm.train.npu.standin.StandInReport;
import io.sparkmm.train.npu.standin.StandInRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training with HCCL over the stand-in libraries on a standalone cluster, whose two workers each
 * have two simulated NPUs, found by the discovery script.
 */
@Tag("slow")
class NpuClusterTest {
  private static final Path SCRIPT = Path.of("..", "bin", "discover-npus").toAbsolutePath();

  /** Number of the contract check for what a process leaves behind. */
  private static final int LEAKS = 26;

  private static final String FOUR_CHIPS =
      """
      NPU ID   Chip ID   Chip Logic ID   Chip Name
      0        0         0               Ascend 910B3
      1        0         1               Ascend 910B3
      2        0         2               Ascend 910B3
      3        0         3               Ascend 910B3
      3        1         -               Mcu
      """;

  @TempDir private static Path folder;
  private static StandaloneCluster cluster;
  private static ShapesRun run;

  private record Outcome(TrainJobResult result, List<String> printed) {
    byte[] weights() throws IOException {
      return Files.readAllBytes(result.exportFolder().orElseThrow().resolve("model.safetensors"));
    }

    /** Ranks with their devices, once for every attempt. */
    List<String> devices() {
      List<String> found = new ArrayList<>();
      for (String line : printed) {
        if (line.matches("rank \\d of 4 runs on .*NPU \\d.*")) {
          found.add(line.replaceAll("(rank \\d) of .*(NPU \\d.*)", "$1: $2"));
        }
      }
      found.sort(null);
      return found;
    }

    List<Double> losses() {
      return printed.stream()
          .filter(line -> line.contains(" loss: "))
          .map(line -> Double.parseDouble(line.replaceAll(".* loss: (\\S+) .*", "$1")))
          .toList();
    }
  }

  @BeforeAll
  static void startCluster() throws IOException {
    Path cann = StandInBuild.home(StandInBuild.Layout.SPLIT);
    try (JavaSparkContext local = TestSpark.start("local[2]")) {
      run = ShapesRun.prepare(local, folder);
    }
    cluster = new StandaloneCluster(folder.resolve("cluster"));
    for (String visible : List.of("0,1", "2,3")) {
      Map<String, String> environment = new HashMap<>(StandInRun.environment(folder));
      environment.put("ASCEND_HOME_PATH", cann.toString());
      environment.put("ASCEND_RT_VISIBLE_DEVICES", visible);
      environment.put("SPARKMM_NPU_SMI", smi());
      cluster.addWorker(
          2,
          environment,
          List.of(
              "spark.worker.resource.npu.amount=2",
              "spark.worker.resource.npu.discoveryScript=" + SCRIPT));
    }
  }

  @AfterAll
  static void stopCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void trainsAsOnGlooSurvivesAKilledExecutorAndTellsWhichRankUsesWhichDevice() throws IOException {
    try (JavaSparkContext spark = application(4)) {
      Outcome gloo = train(spark, "gloo", 4);
      Outcome hccl = train(spark, "hccl", 4, "--distributed-backend", "hccl");
      assertThat(violations()).isEmpty();
      Outcome killed =
          train(
              spark,
              "killed",
              4,
              "--distributed-backend",
              "hccl",
              "--fault-plan",
              "kill(rank=1, step=3)");

      // The second worker shows its processes chips 2 and 3 only, which they count from 0.
      assertThat(hccl.devices())
          .containsExactly(
              "rank 0: NPU 0",
              "rank 1: NPU 1",
              "rank 2: NPU 2, npu:0 in its process",
              "rank 3: NPU 3, npu:1 in its process");
      assertThat(hccl.printed())
          .anyMatch(
              line ->
                  line.matches("rank 2 uses NPU 2, npu:0 in its process of 127.0.0.1: .*CANN.*"));
      assertThat(hccl.losses()).hasSize(2);
      for (int i = 0; i < 2; i++) {
        assertThat(hccl.losses().get(i)).isCloseTo(gloo.losses().get(i), within(1e-4));
      }
      assertThat(gloo.devices()).isEmpty();
      assertThat(killed.printed())
          .anyMatch(
              line ->
                  line.matches(
                      "attempt 2 goes on from iteration 2 after: rank 1 on host 127.0.0.1 .* the"
                          + " worker's process is gone: .*137.*"));
      assertThat(killed.devices()).hasSize(8).containsAll(hccl.devices());
      assertThat(killed.weights()).isEqualTo(hccl.weights());
    }
    // Processes of the broken attempt end without giving anything back.
    assertThat(violations())
        .allSatisfy(
            entry -> {
              assertThat(entry.api()).isEqualTo("exit");
              assertThat(entry.check()).isEqualTo(LEAKS);
            });
  }

  @Test
  void aPortInUseIsToldOfWithItsRemedy() throws IOException {
    try (ServerSocket taken = new ServerSocket(0);
        JavaSparkContext spark =
            application(2, "spark.executorEnv.HCCL_IF_BASE_PORT=" + taken.getLocalPort())) {
      assertThat(failure(spark, "port"))
          .hasMessageContaining("EI0019")
          .hasMessageContaining("a port of the host is in use: find the other job with ss -ltnp")
          .hasMessageContaining("set HCCL_IF_BASE_PORT to the first of 32 free ports");
    }
  }

  @Test
  void aMissingSetEnvEndsTheRunWithOneMessage() {
    try (JavaSparkContext spark = application(2, "spark.executorEnv.ASCEND_HOME_PATH=")) {
      WorkerFailedException error = failure(spark, "environment");

      assertThat(error)
          .hasMessageMatching(
              "(?s)Cannot go on with 2 workers: the worker of partition \\d on host 127.0.0.1"
                  + " \\(executor \\d\\) failed in phase rendezvous: Cannot find CANN:"
                  + " ASCEND_HOME_PATH is not set, so set_env.sh was not sourced;.*");
      assertThat(error.repeats()).isTrue();
    }
  }

  @Test
  void anApplicationWithoutNpusIsRefusedBeforeItStarts() {
    try (JavaSparkContext spark = TestSpark.start("local[2]")) {
      assertThat(
              catchThrowableOfType(
                  LaunchException.class,
                  () -> train(spark, "none", 2, "--distributed-backend", "hccl")))
          .hasMessageContaining("Cannot use NPUs in this Spark application: master local[2]");
    }
  }

  private static List<StandInReport.Entry> violations() {
    return StandInReport.read(folder.resolve("report.jsonl")).violations();
  }

  private static WorkerFailedException failure(JavaSparkContext spark, String name) {
    return catchThrowableOfType(
        WorkerFailedException.class,
        () -> train(spark, name, 2, "--distributed-backend", "hccl", "--max-restarts", "0"));
  }

  private static JavaSparkContext application(int executors, String... extra) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "spark.executor.memory=600m",
                TestSpark.shortLivedExecutors(),
                "spark.executor.cores=1",
                "spark.cores.max=" + executors,
                "spark.executor.extraClassPath=" + System.getProperty("java.class.path"),
                "spark.executorEnv.SPARK_SCALA_VERSION=2.13",
                "spark.executor.resource.npu.amount=1",
                "spark.task.resource.npu.amount=1",
                "spark.local.dir=" + folder.resolve("spark"),
                Npus.COOL_DOWN_KEY + "=1s"));
    settings.addAll(List.of(extra));
    return TestSpark.start(cluster.master(), settings.toArray(String[]::new));
  }

  private static Outcome train(JavaSparkContext spark, String name, int workers, String... extra) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--nproc_per_node",
                Integer.toString(workers),
                "--save",
                folder.resolve(name).toString(),
                "--save-interval",
                "2"));
    arguments.addAll(List.of(extra));
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    TrainJobResult result =
        TrainJob.run(
            spark,
            run.settings(arguments.toArray(String[]::new)),
            new PrintStream(printed, true, StandardCharsets.UTF_8));
    return new Outcome(result, printed.toString(StandardCharsets.UTF_8).lines().toList());
  }

  private static String smi() throws IOException {
    Path file = folder.resolve("npu-smi");
    Files.writeString(file, "#!/bin/sh\ncat <<'END'\n" + FOUR_CHIPS + "END\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file.toString();
  }
}
