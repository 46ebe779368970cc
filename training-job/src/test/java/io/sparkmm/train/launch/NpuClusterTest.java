package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.npu.standin.StandInBuild;
import io.sparkmm.train.npu.standin.StandInReport;
import io.sparkmm.train.npu.standin.StandInRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
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
  private static JavaSparkContext spark;
  private static ShapesRun run;

  private record Outcome(TrainJobResult result, List<String> printed) {
    byte[] weights() throws IOException {
      return Files.readAllBytes(result.exportFolder().orElseThrow().resolve("model.safetensors"));
    }
  }

  @BeforeAll
  static void startCluster() throws IOException {
    Path cann = StandInBuild.home(StandInBuild.Layout.JOINED);
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
    spark =
        TestSpark.start(
            cluster.master(),
            "spark.executor.memory=600m",
            "spark.executor.cores=1",
            "spark.cores.max=2",
            "spark.executor.extraClassPath=" + System.getProperty("java.class.path"),
            "spark.executorEnv.SPARK_SCALA_VERSION=2.13",
            "spark.executor.resource.npu.amount=1",
            "spark.task.resource.npu.amount=1",
            "spark.local.dir=" + folder.resolve("spark"),
            Npus.COOL_DOWN_KEY + "=1s");
    run = ShapesRun.prepare(spark, folder);
  }

  @AfterAll
  static void stopCluster() {
    if (spark != null) {
      spark.stop();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void trainsAsOnGlooSurvivesAKilledExecutorAndTellsWhichRankUsesWhichDevice() throws IOException {
    Outcome gloo = train("gloo");
    Outcome hccl = train("hccl", "--distributed-backend", "hccl");

    assertThat(devices(hccl)).containsExactly("rank 0: NPU 0", "rank 1: NPU 2");
    assertThat(hccl.printed())
        .anyMatch(
            line ->
                line.matches("rank 1 of 2 runs on 127.0.0.1, .* and NPU 2, npu:0 in its process"))
        .anyMatch(
            line ->
                line.matches("rank 1 uses NPU 2, npu:0 in its process of 127.0.0.1: .* CANN .*"));
    // Sums of two values do not depend on their order.
    assertThat(hccl.weights()).isEqualTo(gloo.weights());
    assertThat(StandInReport.read(folder.resolve("report.jsonl")).violations()).isEmpty();

    Outcome killed =
        train("killed", "--distributed-backend", "hccl", "--fault-plan", "kill(rank=1, step=3)");

    assertThat(killed.printed())
        .anyMatch(
            line ->
                line.matches(
                    "attempt 2 goes on from iteration 2 after: rank 1 on host 127.0.0.1 .* the"
                        + " worker's process is gone: .*137.*"));
    // Every attempt has two devices, whichever the new executors got.
    assertThat(devices(killed)).hasSize(4);
    assertThat(killed.weights()).isEqualTo(gloo.weights());
  }

  private static List<String> devices(Outcome outcome) {
    List<String> found = new ArrayList<>();
    for (String line : outcome.printed()) {
      if (line.matches("rank \\d of 2 runs on .*NPU \\d.*")) {
        found.add(line.replaceAll("(rank \\d) of .*(NPU \\d).*", "$1: $2"));
      }
    }
    found.sort(null);
    return found;
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

  private static String smi() throws IOException {
    Path file = folder.resolve("npu-smi");
    Files.writeString(file, "#!/bin/sh\ncat <<'END'\n" + FOUR_CHIPS + "END\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file.toString();
  }
}
