package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.TrainingConfiguration;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions between sources, each with a neighbouring combination that is fine. */
class CrossCheckOptionsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "--use-distributed-optimizer",
    "--fp16",
    "--bf16",
    "--ckpt-format torch",
    "--ckpt-format zarr",
    "--pipeline-model-parallel-size 2 --nproc_per_node 2",
    "--tensor-model-parallel-size 2 --nproc_per_node 2",
  })
  void whatShardingExcludesIsFineWithoutIt(String arguments) {
    assertThat(plain().arguments(arguments).warnings()).isEmpty();
  }

  @Test
  void tensorParallelShardingIsFineWithTheOtherCheckpointFormat() {
    TrainingConfiguration loaded =
        sharded()
            .arguments("--tensor-model-parallel-size 2 --nproc_per_node 4")
            .arguments("--ckpt-format torch_dist")
            .load();

    assertThat(loaded.dataParallelSize(4)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 8, 8", "1, 2, 8, 8", "2, 2, 4, 4", "2, 1, 2, 4", "2, 4, 4, 4"})
  void shardsLieInTheGroupOfDataAndContextParallelWorkers(
      int tensor, int context, int size, int group) {
    assertThat(shards(tensor, context, size).load().fsdp2().shardingSize().resolve(group))
        .isEqualTo(size);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 16, 8, 8", "2, 1, 8, 4, 4", "2, 2, 8, 4, 4", "1, 4, 3, 8, 2"})
  void shardsThatDoNotFillTheGroupAreRefused(
      int tensor, int context, int size, int group, int rest) {
    assertThat(shards(tensor, context, size).problems())
        .containsExactly(
            "fsdp2.yaml: sharding_size = "
                + size
                + ": must divide the number of workers: "
                + (group + " workers divided by " + size + " leave " + rest));
  }

  @ParameterizedTest
  @CsvSource({
    "2, 8, true",
    "4, 8, true",
    "8, 8, false",
    "3, 8, false",
    "16, 8, false",
    "2, 2, false",
  })
  void aReshardGroupIsAProperDivisorOfTheShardGroup(int group, int workers, boolean accepted) {
    TrainingFiles files =
        sharded()
            .arguments("--nproc_per_node " + workers)
            .fsdp2("sharding_size: auto\nreshard_after_forward: " + group);

    if (accepted) {
      assertThat(files.load().fsdp2().reshardAfterForward().groupSize()).hasValue(group);
    } else {
      assertThat(files.problems())
          .containsExactly(
              "fsdp2.yaml: reshard_after_forward = "
                  + group
                  + ": must be true, false or a divisor of the shard group size "
                  + workers
                  + " other than 1 and "
                  + workers);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 8, 8, 1",
    "1, 32, 8, 4",
    "2, 32, 8, 2",
    "4, 4, 1, 1",
    "3, 12, 2, 2",
  })
  void theGlobalBatchIsMadeOfMicroBatches(int micro, int global, int workers, int steps) {
    TrainingConfiguration loaded = batches(micro, global, workers).load();

    assertThat(loaded.numMicrobatches(workers)).isEqualTo(steps);
    assertThat(loaded.globalBatchSize(workers)).isEqualTo(global);
  }

  @ParameterizedTest
  @CsvSource({"1, 9, 8, 8, 1", "2, 8, 8, 16, 8", "3, 8, 1, 3, 2"})
  void aGlobalBatchWithARestIsRefused(int micro, int global, int workers, int step, int rest) {
    assertThat(batches(micro, global, workers).problems())
        .containsExactly(
            "launch arguments: --global-batch-size = "
                + global
                + ": must be a multiple of --micro-batch-size × data parallel size = "
                + micro
                + " × "
                + workers
                + " = "
                + step
                + "; the remainder is "
                + rest);
  }

  @ParameterizedTest
  @CsvSource({"2, 1, 1, 3", "1, 2, 1, 5", "1, 1, 4, 6", "2, 2, 2, 4"})
  void workersMustFillWholeModels(int tensor, int pipeline, int context, int workers) {
    int together = tensor * pipeline * context;

    assertThat(
            plain()
                .arguments("--tensor-model-parallel-size " + tensor)
                .arguments("--pipeline-model-parallel-size " + pipeline)
                .arguments("--context-parallel-size " + context)
                .arguments("--nproc_per_node " + workers)
                .problems())
        .containsExactly(
            "launch arguments: "
                + workers
                + " workers cannot be divided by tensor × pipeline × context parallel size = "
                + (tensor + " × " + pipeline + " × " + context + " = " + together));
  }

  @ParameterizedTest
  @CsvSource({"--nproc_per_node 4", "--local_worker_num 4"})
  void bothStatementsOfWorkersPerNodeAgree(String option) {
    assertThat(plain().arguments(option).environment("NPUS_PER_NODE", "4").load().worldSize())
        .isEqualTo(4);
    assertThat(plain().arguments(option).environment("NPUS_PER_NODE", "8").problems())
        .containsExactly("environment: NPUS_PER_NODE = 8: must be equal to --nproc-per-node = 4");
  }

  @ParameterizedTest
  @CsvSource({"1, true", "2, false", "32, false"})
  void contextParallelismWithoutShardingNeedsOneQueue(String connections, boolean accepted) {
    TrainingFiles files =
        plain()
            .arguments("--context-parallel-size 2 --nproc_per_node 2")
            .environment("CUDA_DEVICE_MAX_CONNECTIONS", connections);

    if (accepted) {
      assertThat(files.load().environment().deviceMaxConnections()).hasValue(1);
    } else {
      assertThat(files.problems())
          .singleElement()
          .asString()
          .startsWith("environment: CUDA_DEVICE_MAX_CONNECTIONS = " + connections + ": must be 1");
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "32"})
  void queuesAreFreeWithoutParallelismAndSharding(String connections) {
    assertThat(plain().environment("CUDA_DEVICE_MAX_CONNECTIONS", connections).warnings())
        .isEmpty();
  }

  @Test
  void aSequenceMayBeAsLongAsThePositionsReach() {
    assertThat(plain().arguments("--seq-length 2048").load().launch().batch().seqLength())
        .isEqualTo(2048);
    assertThat(plain().arguments("--seq-length 2049").problems())
        .containsExactly(
            "launch arguments: --seq-length = 2049: must not be greater than"
                + " text_decoder.max_position_embeddings = 2048");
  }

  @Test
  void streamingIsFineWithoutReadingThreads() {
    String key = "dataset_param.basic_parameters.streaming";

    assertThat(plain().arguments("--num-workers 0").data(key, "true").load().data())
        .extracting(data -> data.datasetParam().basicParameters().streaming())
        .isEqualTo(true);
    assertThat(plain().arguments("--num-workers 1").data(key, "true").problems())
        .containsExactly("data.json: " + key + " = true: needs --num-workers 0, which is 1");
  }

  @ParameterizedTest
  @CsvSource({
    "--recompute-granularity full",
    "--recompute-method uniform",
    "--recompute-num-layers 1",
  })
  void eachRecomputeOptionExcludesTheListOfTheShardingFile(String option) {
    TrainingFiles files = sharded().arguments(option);
    assertThat(files.load().launch().recompute().isSet()).isTrue();

    assertThat(files.fsdp2("recompute_modules: [model.layers.0]").problems())
        .containsExactly(
            "fsdp2.yaml: recompute_modules = [model.layers.0]: cannot be used together with"
                + " --recompute-granularity, --recompute-method or --recompute-num-layers");
  }

  @Test
  void anErrorInOneSourceDoesNotHideThoseBetweenTheOthers() {
    assertThat(
            sharded()
                .arguments("--use-distributed-optimizer")
                .environment("NPU_ASD_ENABLE", "7")
                .data("dataloader_param.pin_memory", "1")
                .problems())
        .containsExactly(
            "environment: NPU_ASD_ENABLE = 7: must be a whole number in [0, 3]",
            "data.json: dataloader_param.pin_memory = 1: expected true or false, got a whole"
                + " number",
            LaunchArguments.FILE
                + ": --use-distributed-optimizer: cannot be given together with"
                + " --use-torch-fsdp2");
  }

  @ParameterizedTest
  @CsvSource({"--nproc_per_node 65536 --nnodes 65536", "--nproc_per_node 2147483647 --nnodes 2"})
  void moreWorkersThanCanBeCountedAreRefused(String arguments) {
    assertThat(plain().arguments(arguments).problems())
        .singleElement()
        .asString()
        .startsWith("launch arguments: --nnodes = ")
        .endsWith(" workers per node is more than 2147483647 workers");
  }

  @Test
  void moreDevicesThanCanBeCountedAreRefused() {
    assertThat(plain().arguments("--nnodes 3").environment("NPUS_PER_NODE", "999999999").problems())
        .containsExactly(
            "environment: NPUS_PER_NODE = 999999999: times --nnodes = 3 is more than 2147483647"
                + " workers");
  }

  @Test
  void largerModelGroupsThanCanBeCountedAreRefused() {
    assertThat(
            plain()
                .arguments("--tensor-model-parallel-size 65536 --context-parallel-size 65536")
                .problems())
        .containsExactly(
            "launch arguments: --tensor-model-parallel-size = 65536: times the pipeline and context"
                + " parallel sizes 1 and 65536 is more than 2147483647 workers");
  }

  @Test
  void largerBatchesThanCanBeCountedAreRefused() {
    assertThat(plain().arguments("--micro-batch-size 2147483647 --nproc_per_node 2").problems())
        .containsExactly(
            "launch arguments: --micro-batch-size = 2147483647: times the data parallel size 2 is"
                + " more than 2147483647 samples");
  }

  private TrainingFiles shards(int tensor, int context, int size) {
    return sharded()
        .arguments("--nproc_per_node 8 --ckpt-format torch_dist")
        .arguments("--tensor-model-parallel-size " + tensor)
        .arguments("--context-parallel-size " + context)
        .fsdp2("sharding_size: " + size);
  }

  private TrainingFiles batches(int micro, int global, int workers) {
    return plain()
        .arguments("--micro-batch-size " + micro)
        .arguments("--global-batch-size " + global)
        .arguments("--nproc_per_node " + workers);
  }

  private TrainingFiles plain() {
    return new TrainingFiles(folder);
  }

  private TrainingFiles sharded() {
    return plain().arguments(TrainingFiles.FSDP2);
  }
}
