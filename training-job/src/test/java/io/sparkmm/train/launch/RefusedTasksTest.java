package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.conf.load.ConfigLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What this release cannot do is refused by name. */
class RefusedTasksTest {
  private static final String FILES = "../conf/examples/quickstart/";
  private static final String COMMON =
      "--mm-model {f}model.json --mm-data {f}data.json --mm-tool {f}tools.json --nproc_per_node 2"
          + " --micro-batch-size 1 --seq-length 256 --num-workers 1 --train-iters 10 --lr 1e-3"
          + " --distributed-backend gloo";
  private static final String FSDP2 =
      " --use-torch-fsdp2 --fsdp2-config-path {f}fsdp2.yaml --ckpt-format torch_dcp"
          + " --untie-embeddings-and-output-weights --no-gradient-accumulation-fusion";

  @TempDir private Path folder;

  @Test
  void theSettingsOfTheQuickstartAreAccepted() {
    assertThat(refused(COMMON + FSDP2)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--context-parallel-size 2 --context-parallel-algo ulysses_cp_algo |"
            + " --context-parallel-size = 2: must be 1 (not supported in this release)",
      })
  void refusesTasksThatItDoesNotHave(String arguments, String message) {
    assertThat(refused(COMMON + FSDP2 + " " + arguments))
        .containsExactly("launch arguments: " + message);
  }

  @ParameterizedTest
  @CsvSource({
    "'', must be full",
    "--lora-target-modules q_proj, must be full with --lora-target-modules"
  })
  void refusesSelectiveRecomputation(String adapters, String message) {
    assertThat(refused(COMMON + " --recompute-granularity selective " + adapters))
        .contains(
            "launch arguments: --recompute-granularity = selective: "
                + message
                + "; name other modules in recompute_modules of the FSDP2 configuration (not"
                + " supported in this release)");
  }

  @Test
  void refusesToCutModelsByTensorsOrSequences() {
    assertThat(
            refused(
                COMMON
                    + " --tensor-model-parallel-size 2 --sequence-parallel --unaligned-linear"
                    + " --pipeline-model-parallel-size 1"))
        .contains(
            "launch arguments: --tensor-model-parallel-size = 2: must be 1 (not supported in this"
                + " release)",
            "launch arguments: --unaligned-linear: remove it (not supported in this release)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "moe_modules: ['model.layers.{0}'] | moe_modules = [model.layers.{0}]: remove it",
      })
  void refusesFieldsOfTheShardingFile(String line, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("fsdp2.yaml"), "sharding_size: auto\n" + line);

    assertThat(
            refused(
                COMMON + FSDP2.replace("{f}fsdp2.yaml", file.toString()) + " --nproc_per_node 4"))
        .containsExactly(file + ": " + message + " (not supported in this release)");
  }

  private static List<String> refused(String arguments) {
    List<String> words =
        new ArrayList<>(Arrays.asList(arguments.strip().replace("{f}", FILES).split(" ", -1)));
    TrainingConfiguration configuration = ConfigLoader.load(words, Map.of());
    return UnsupportedSettings.of(configuration).stream().map(ConfigProblem::toString).toList();
  }
}
