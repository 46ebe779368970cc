package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigProblem;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Fsdp2ChecksTest {
  @TempDir private Path folder;

  @Test
  void acceptsWhatTheReferenceAsksFor() {
    assertThat(sharded("").load().fsdp2().shardingSize()).hasToString("auto");
    assertThat(sharded("--ckpt-format torch_dist").warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--use-distributed-optimizer | --use-distributed-optimizer: cannot be given together with"
            + " --use-torch-fsdp2",
        "--fp16 | --fp16: cannot be given together with --use-torch-fsdp2; set param_dtype in the"
            + " FSDP2 configuration",
        "--ckpt-format torch | --ckpt-format = torch: must be torch_dcp or torch_dist together with"
            + " --use-torch-fsdp2",
        "--ckpt-format zarr | --ckpt-format = zarr: must be torch_dcp or torch_dist together with"
            + " --use-torch-fsdp2",
        "--pipeline-model-parallel-size 2 --nproc_per_node 2 | --pipeline-model-parallel-size = 2:"
            + " must be 1 together with --use-torch-fsdp2",
        "--expert-model-parallel-size 2 | --expert-model-parallel-size = 2: must be 1 together with"
            + " --use-torch-fsdp2",
        "--tensor-model-parallel-size 2 --nproc_per_node 2 | --ckpt-format = torch_dcp: cannot be used"
            + " with --tensor-model-parallel-size = 2",
        "--bf16 | --bf16: needs --no-save-optim and --no-load-optim together with --use-torch-fsdp2;"
            + " remove it and set param_dtype in the FSDP2 configuration",
        "--bf16 --no-save-optim | --bf16: needs --no-save-optim and --no-load-optim together with"
            + " --use-torch-fsdp2; remove it and set param_dtype in the FSDP2 configuration",
      })
  void refusesWhatDoesNotGoWithSharding(String arguments, String message) {
    assertThat(sharded(arguments).problems()).containsExactly("launch arguments: " + message);
  }

  @Test
  void bf16IsFineWithoutOptimizerState() {
    assertThat(sharded("--bf16 --no-save-optim --no-load-optim").load().launch().precision().bf16())
        .isTrue();
  }

  @Test
  void namesTheFlagsThatAreMissing() {
    assertThat(
            new TrainingFiles(folder)
                .arguments("--use-torch-fsdp2 --fsdp2-config-path fsdp2.yaml")
                .problems())
        .containsExactly(
            "launch arguments: --no-gradient-accumulation-fusion: must be given together with"
                + " --use-torch-fsdp2",
            "launch arguments: --untie-embeddings-and-output-weights: must be given together with"
                + " --use-torch-fsdp2");
  }

  @Test
  void theShardingFileNeedsTheFlag() {
    assertThat(new TrainingFiles(folder).arguments("--fsdp2-config-path fsdp2.yaml").problems())
        .containsExactly(
            "launch arguments: --fsdp2-config-path = fsdp2.yaml: needs --use-torch-fsdp2");
    assertThat(new TrainingFiles(folder).arguments("--ckpt-format torch_dcp").problems())
        .containsExactly("launch arguments: --ckpt-format = torch_dcp: needs --use-torch-fsdp2");
  }

  @Test
  void theFlagAloneTakesTheDefaults() {
    assertThat(
            new TrainingFiles(folder)
                .arguments(TrainingFiles.FSDP2.replace("--fsdp2-config-path fsdp2.yaml", ""))
                .load()
                .fsdp2()
                .shardingSize())
        .hasToString("1");
  }

  @Test
  void tiedEmbeddingsCannotBeSharded() {
    assertThat(
            sharded("")
                .model("text_decoder.untie_embeddings_and_output_weights", "false")
                .problems())
        .containsExactly(
            "model.json: text_decoder.untie_embeddings_and_output_weights = false: must be true"
                + " together with --use-torch-fsdp2: tied weights would belong to two groups");
  }

  @Test
  void theShardingSizeMustDivideTheWorkers() {
    assertThat(sharded("--nproc_per_node 8").fsdp2("sharding_size: 3").problems())
        .containsExactly(
            "fsdp2.yaml: sharding_size = 3: must divide the number of workers: 8 workers divided by"
                + " 3 leave 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"npu:hccl,cpu:gloo", "gloo"})
  void offloadingNeedsABackendForTheCpu(String backend) {
    TrainingFiles files = sharded("").fsdp2("offload_to_cpu: true");
    String needs =
        "fsdp2.yaml: offload_to_cpu = true: needs --distributed-backend npu:hccl,cpu:gloo (or gloo"
            + " on CPU), which is ";

    assertThat(files.problems()).containsExactly(needs + "not given");
    assertThat(files.arguments("--distributed-backend hccl").problems())
        .containsExactly(needs + "hccl");
    assertThat(files.arguments("--distributed-backend " + backend).load().fsdp2().offloadToCpu())
        .isTrue();
  }

  @Test
  void extraGroupsConcernAnotherModel() {
    assertThat(sharded("").fsdp2("align_fsdp_param_groups: true").load().warnings())
        .extracting(ConfigProblem::toString)
        .anyMatch(
            text ->
                text.endsWith(
                    "fsdp2.yaml: align_fsdp_param_groups = true: has no effect: only qwen3vl makes"
                        + " an extra group of its norms and gates"));
  }

  @Test
  void recomputationIsAskedForInOnePlaceOnly() {
    TrainingFiles files = sharded("").fsdp2("recompute_modules: ['model.layers.{*}']");

    assertThat(files.load().fsdp2().recomputeModules()).hasSize(1);
    assertThat(
            files
                .arguments("--recompute-granularity full")
                .model("text_decoder.recompute_method", "\"uniform\"")
                .problems())
        .containsExactly(
            "fsdp2.yaml: recompute_modules = [model.layers.{*}]: cannot be used together with"
                + " --recompute-granularity, --recompute-method or --recompute-num-layers",
            "fsdp2.yaml: recompute_modules = [model.layers.{*}]: cannot be used together with"
                + " recompute_granularity and the like in the model configuration");
  }

  @Test
  void oneDeviceQueueIsTooFew() {
    assertThat(sharded("").environment("CUDA_DEVICE_MAX_CONNECTIONS", "1").problems())
        .containsExactly(
            "environment: CUDA_DEVICE_MAX_CONNECTIONS = 1: must not be 1 together with"
                + " --use-torch-fsdp2; set it to 2");
    assertThat(sharded("").environment("CUDA_DEVICE_MAX_CONNECTIONS", "2").load().worldSize())
        .isEqualTo(1);
  }

  @Test
  void oneDeviceQueueIsNeededForOverlapWithoutSharding() {
    List<String> problems =
        new TrainingFiles(folder)
            .arguments("--tensor-model-parallel-size 2 --nproc_per_node 2")
            .environment("CUDA_DEVICE_MAX_CONNECTIONS", "2")
            .problems();

    assertThat(problems)
        .containsExactly(
            "environment: CUDA_DEVICE_MAX_CONNECTIONS = 2: must be 1 with tensor or context"
                + " parallelism and without --use-torch-fsdp2");
  }

  private TrainingFiles sharded(String arguments) {
    TrainingFiles files = new TrainingFiles(folder).arguments(TrainingFiles.FSDP2);
    return arguments.isEmpty() ? files : files.arguments(arguments);
  }
}
