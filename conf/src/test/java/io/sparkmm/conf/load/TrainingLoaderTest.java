package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkmm.conf.CheckpointFormat;
import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.ConfigTesting;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.ShardingSize;
import io.sparkmm.conf.ToolsConfig;
import io.sparkmm.conf.TrainingConfiguration;
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

class TrainingLoaderTest {
  /** Fine-tuning of the 7B model as the published script has it, with its variables filled in. */
  private static final String SCRIPT_7B =
      """
      --nproc_per_node 8 --nnodes 1 --node_rank 0 --master_addr localhost --master_port 29501
      pretrain_vlm.py
      --use-mcore-models --tensor-model-parallel-size 1 --pipeline-model-parallel-size 4
      --context-parallel-size 1 --micro-batch-size 1 --global-batch-size 64
      --num-layers 28 --hidden-size 3584 --ffn-hidden-size 18944 --num-attention-heads 28
      --tokenizer-type NullTokenizer --vocab-size 152064 --seq-length 1024
      --max-position-embeddings 32768 --make-vocab-size-divisible-by 1 --init-method-std 0.01
      --normalization RMSNorm --use-fused-rmsnorm --swiglu --use-fused-swiglu
      --lr 1.0e-5 --lr-decay-style cosine --weight-decay 0 --train-iters 10000
      --lr-warmup-fraction 0.1 --clip-grad 0.0 --adam-beta1 0.9 --adam-beta2 0.999
      --no-gradient-accumulation-fusion --no-load-optim --no-load-rng --no-save-optim
      --no-save-rng --seed 42 --bf16 --load ckpt/mm_path/Qwen2-VL-7B-Instruct
      --variable-seq-lengths --enable-one-logger --use-distributed-optimizer --use-flash-attn
      --no-masked-softmax-fusion --num-workers 8
      --mm-model ../conf/examples/qwen2vl/model_7b.json
      --mm-data ../conf/examples/qwen2vl/data_7b.json
      --mm-tool ../conf/examples/qwen2vl/tools.json
      --log-interval 1 --save-interval 5000 --eval-interval 10000 --eval-iters 5000
      --save save_dir --ckpt-format torch --log-tps --distributed-backend nccl
      """;

  /** Preference training of the 72B model on two nodes. */
  private static final String SCRIPT_72B_DPO =
      """
      --nproc_per_node 8 --nnodes 2 posttrain_qwen2vl_dpo.py
      --tensor-model-parallel-size 2 --pipeline-model-parallel-size 8 --micro-batch-size 1
      --global-batch-size 16 --seq-length 1024 --lr 5.0e-6 --lr-decay-style cosine
      --train-iters 5000 --seed 42 --bf16 --use-distributed-optimizer --reuse-fp32-param
      --lora-target-modules linear_qkv linear_proj linear_fc1 linear_fc2
      --dpo-beta 0.1 --dpo-loss-type sigmoid --dpo-label-smoothing 0.0 --pref-ftx 0.0
      --ref-model ckpt/mm_path/Qwen2-VL-72B-Instruct --load ckpt/mm_path/Qwen2-VL-72B-Instruct
      --mm-model ../conf/examples/qwen2vl/model_72b.json
      --mm-data ../conf/examples/qwen2vl/data_72b_dpo.json
      --no-load-optim --no-load-rng --no-save-optim --no-save-rng --ckpt-format torch
      --variable-seq-lengths --sequence-parallel
      """;

  @TempDir private Path folder;

  @Test
  void loadsThePublishedFineTuningScript() {
    TrainingConfiguration configuration =
        ConfigLoader.load(words(SCRIPT_7B), Map.of("CUDA_DEVICE_MAX_CONNECTIONS", "1"));

    assertThat(configuration.worldSize()).isEqualTo(8);
    assertThat(configuration.dataParallelSize(8)).isEqualTo(2);
    assertThat(configuration.numMicrobatches(8)).isEqualTo(32);
    assertThat(configuration.launch().checkpoint().ckptFormat()).isEqualTo(CheckpointFormat.TORCH);
    assertThat(configuration.launch().structure().numQueryGroups()).hasValue(4);
    assertThat(configuration.launch().withoutEffect())
        .containsOnlyKeys(
            "enable_one_logger",
            "init_method_std",
            "make_vocab_size_divisible_by",
            "no_masked_softmax_fusion",
            "normalization",
            "swiglu",
            "tokenizer_type",
            "use_flash_attn",
            "use_fused_rmsnorm",
            "use_fused_swiglu",
            "use_mcore_models",
            "vocab_size");
  }

  @Test
  void loadsThePublishedPreferenceScript() {
    TrainingConfiguration configuration =
        ConfigLoader.load(words(SCRIPT_72B_DPO), Map.of("NPUS_PER_NODE", "8"));

    assertThat(configuration.worldSize()).isEqualTo(16);
    assertThat(configuration.dataParallelSize(16)).isEqualTo(1);
    assertThat(configuration.launch().lora().loraTargetModules())
        .containsExactly("linear_qkv", "linear_proj", "linear_fc1", "linear_fc2");
    assertThat(configuration.data().datasetParam().attr().ranking()).isTrue();
  }

  @Test
  void loadsTheDocumentedShardingOptions() {
    TrainingConfiguration configuration =
        new TrainingFiles(folder)
            .arguments(
                """
                --use-torch-fsdp2
                --fsdp2-config-path fsdp2.yaml
                --ckpt-format torch_dcp
                --untie-embeddings-and-output-weights
                """)
            .arguments("--no-gradient-accumulation-fusion --nproc_per_node 4")
            .environment("CUDA_DEVICE_MAX_CONNECTIONS", "2")
            .load();

    assertThat(configuration.fsdp2().shardingSize()).isEqualTo(ShardingSize.AUTO);
    assertThat(configuration.fsdp2().shardingSize().resolve(configuration.worldSize()))
        .isEqualTo(4);
    assertThat(configuration.launch().precision().useTorchFsdp2()).isTrue();
  }

  @Test
  void toolsAndShardingFilesMayBeLeftOut() {
    TrainingConfiguration configuration = new TrainingFiles(folder).arguments("--mm-tool=").load();

    assertThat(configuration.tools()).isEqualTo(ToolsConfig.defaults());
    assertThat(configuration.worldSize()).isEqualTo(1);
  }

  @Test
  void modelAndDataFilesMayNot() {
    assertThat(
            ConfigTesting.problemsOf(
                () -> ConfigLoader.load(ConfigTesting.MINIMAL_ARGUMENTS, Map.of())))
        .containsExactly(
            "launch arguments: --mm-model: is required",
            "launch arguments: --mm-data: is required");
  }

  @Test
  void theModelFileWinsOverStructureArguments() {
    TrainingFiles files =
        new TrainingFiles(folder)
            .arguments("--num-layers 28 --hidden-size 96 --max-position-embeddings 4096");

    assertThat(files.load().launch().structure().numLayers()).hasValue(3);
    assertThat(files.load().launch().structure().maxPositionEmbeddings()).hasValue(2048);
    assertThat(files.load().launch().structure().ffnHiddenSize()).isEmpty();
    assertThat(files.warnings())
        .containsExactly(
            "launch arguments: --num-layers = 28: is replaced by text_decoder.num_layers = 3 of the"
                + " model configuration",
            "launch arguments: --max-position-embeddings = 4096: is replaced by"
                + " text_decoder.max_position_embeddings = 2048 of the model configuration");
  }

  @Test
  void workersPerNodeComeFromTheEnvironmentIfNotGiven() {
    TrainingFiles files = new TrainingFiles(folder).environment("NPUS_PER_NODE", "4");

    assertThat(files.load().worldSize()).isEqualTo(4);
    assertThat(files.arguments("--nnodes 2").load().worldSize()).isEqualTo(8);
    assertThat(files.arguments("--nproc_per_node 2").problems())
        .containsExactly("environment: NPUS_PER_NODE = 4: must be equal to --nproc-per-node = 2");
  }

  @Test
  void oneYamlFileHoldsEverything() throws IOException {
    Path tools = Files.writeString(folder.resolve("tools.json"), "{}");
    Path yaml =
        Files.writeString(
            folder.resolve("train.yaml"),
            "MM_TOOL_PATH: "
                + tools
                + "\ngpt_args:\n  batch: {micro_batch_size: 4, seq_length: 32}\n"
                + "  train_iters: 7\n  lr: 1.0e-4\nmodel: "
                + ConfigTesting.json(ConfigTesting.MINIMAL_MODEL)
                + "\ndata: "
                + ConfigTesting.json(ConfigTesting.MINIMAL_DATA)
                + "\n");

    TrainingConfiguration configuration =
        ConfigLoader.load(List.of(yaml.toString(), "--seed", "9"), Map.of());

    assertThat(configuration.launch().batch().microBatchSize()).isEqualTo(4);
    assertThat(configuration.launch().schedule().lr()).isEqualTo(1e-4);
    assertThat(configuration.launch().run().seed()).isEqualTo(9);
    assertThat(configuration.model().textDecoder().vocabSize()).isEqualTo(512);
  }

  @Test
  void reportsTheProblemsOfAllSourcesTogether() {
    List<String> problems =
        new TrainingFiles(folder)
            .arguments(TrainingFiles.FSDP2 + " --lr -1 --micro-batch-sise 4")
            .environment("HCCL_CONNECT_TIMEOUT", "1")
            .model("text_decoder.num_layers", "0")
            .data("dataset_param.basic_parameters.val_rate", "2")
            .fsdp2("shardin_size: auto\n")
            .problems();

    assertThat(problems)
        .containsExactly(
            "environment: HCCL_CONNECT_TIMEOUT = 1: must be a whole number in [120, 7200]",
            "launch arguments: --lr = -1: must be greater than 0",
            "launch arguments: --micro-batch-sise = 4: unknown key; did you mean"
                + " --micro-batch-size?",
            "model.json: text_decoder.num_layers = 0: must be in [1, 268435456]",
            "data.json: dataset_param.basic_parameters.val_rate = 2: must be in [0, 1]",
            "fsdp2.yaml: shardin_size = auto: unknown key; did you mean sharding_size?");
  }

  @Test
  void aProblemDoesNotHideWhatIsWrongBetweenOthers() {
    List<String> problems =
        new TrainingFiles(folder)
            .arguments(TrainingFiles.FSDP2 + " --min-lr 1 --lrr 2 --nproc_per_node 2")
            .arguments("--micro-batch-size 3 --global-batch-size 8 --use-distributed-optimizer")
            .fsdp2("sharding_size: 3\noffload_to_cpu: true\nshardin_size: auto\n")
            .problems();

    assertThat(problems)
        .containsExactlyInAnyOrder(
            "launch arguments: --min-lr = 1: must not be greater than --lr = 1.0E-5",
            "launch arguments: --lrr = 2: unknown key; did you mean --lr?",
            "launch arguments: --use-distributed-optimizer: cannot be given together with"
                + " --use-torch-fsdp2",
            "launch arguments: --global-batch-size = 8: must be a multiple of --micro-batch-size ×"
                + " data parallel size = 3 × 2 = 6; the remainder is 2",
            "fsdp2.yaml: sharding_size = 3: must divide the number of workers: 2 workers divided"
                + " by 3 leave 2",
            "fsdp2.yaml: offload_to_cpu = true: needs --distributed-backend npu:hccl,cpu:gloo (or"
                + " gloo on CPU), which is not given",
            "fsdp2.yaml: shardin_size = auto: unknown key; did you mean sharding_size?");
  }

  @Test
  void aValueThatCannotBeReadIsNotHeldAgainstOthers() {
    assertThat(
            new TrainingFiles(folder)
                .arguments(TrainingFiles.FSDP2 + " --nproc_per_node two --global-batch-size 6")
                .fsdp2("sharding_size: 3\n")
                .problems())
        .containsExactly(
            "launch arguments: --nproc-per-node = two: expected a whole number, got 'two'");
  }

  @Test
  void aFileThatIsNoJsonIsNamedWithItsSection() throws IOException {
    Files.writeString(folder.resolve("broken.json"), "{");

    assertThat(
            new TrainingFiles(folder)
                .arguments("--mm-data " + folder.resolve("broken.json"))
                .problems())
        .singleElement()
        .asString()
        .startsWith("broken.json: data configuration cannot be read as JSON at line ");
  }

  @Test
  void missingFilesAreAllNamed() {
    assertThat(
            ConfigTesting.problemsOf(
                () ->
                    ConfigLoader.load(
                        ConfigTesting.arguments(
                            "--mm-model",
                            "none/m.json",
                            "--mm-data",
                            "none/d.json",
                            "--mm-tool",
                            "none/t.json",
                            "--use-torch-fsdp2",
                            "--fsdp2-config-path",
                            "none/f.yaml"),
                        Map.of())))
        .contains(
            "none/m.json: model configuration cannot be read: there is no such file",
            "none/d.json: data configuration cannot be read: there is no such file",
            "none/t.json: tools configuration cannot be read: there is no such file",
            "none/f.yaml: FSDP2 configuration cannot be read: there is no such file");
  }

  @Test
  void theHuggingFaceFolderMustHaveAConfiguration() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    TrainingFiles files = new TrainingFiles(folder);

    assertThat(files.model("init_from_hf_path", "\"none/hf\"").problems())
        .containsExactly("model.json: init_from_hf_path = none/hf: there is no such folder");
    assertThat(files.model("init_from_hf_path", '"' + empty.toString() + '"').problems())
        .containsExactly("model.json: init_from_hf_path = empty: the folder has no config.json");
    Files.writeString(empty.resolve("config.json"), "{}");
    assertThat(files.load().model().initFromHfPath()).contains(empty.toString());
    assertThat(files.model("init_from_hf_path", "\"hdfs://h/x\"").load().model().initFromHfPath())
        .contains("hdfs://h/x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--nproc_per_node 3 --tensor-model-parallel-size 2 | launch arguments: 3 workers cannot be"
            + " divided by tensor × pipeline × context parallel size = 2 × 1 × 1 = 2",
        "--nproc_per_node 4 --micro-batch-size 2 --global-batch-size 12 | launch arguments:"
            + " --global-batch-size = 12: must be a multiple of --micro-batch-size × data parallel"
            + " size = 2 × 4 = 8; the remainder is 4",
        "--seq-length 4096 | launch arguments: --seq-length = 4096: must not be greater than"
            + " text_decoder.max_position_embeddings = 2048",
      })
  void checksNumbersAgainstTheWorkers(String arguments, String message) {
    assertThat(new TrainingFiles(folder).arguments(arguments).problems()).containsExactly(message);
  }

  @Test
  void variableSequencesMayBeLonger() {
    assertThat(
            new TrainingFiles(folder)
                .arguments("--seq-length 4096 --variable-seq-lengths")
                .load()
                .launch()
                .batch()
                .seqLength())
        .isEqualTo(4096);
  }

  @Test
  void validatesForTheNumberOfWorkersThatThereReallyAre() {
    TrainingConfiguration configuration =
        new TrainingFiles(folder)
            .arguments(TrainingFiles.FSDP2 + " --nproc_per_node 4 --global-batch-size 8")
            .fsdp2("sharding_size: 2")
            .load();

    assertThat(configuration.validate(4)).isEmpty();
    assertThat(configuration.validate(2)).isEmpty();
    assertThat(configuration.validate(3)).hasSize(2);
    assertThat(configuration.validate(0)).hasSize(1);
    assertThat(configuration.globalBatchSize(4)).isEqualTo(8);
    assertThat(configuration.numMicrobatches(4)).isEqualTo(2);
  }

  @Test
  void theGlobalBatchDefaultsToOneMicroBatchEach() {
    TrainingConfiguration configuration =
        new TrainingFiles(folder).arguments("--nproc_per_node 4 --micro-batch-size 3").load();

    assertThat(configuration.globalBatchSize(4)).isEqualTo(12);
    assertThat(configuration.numMicrobatches(4)).isEqualTo(1);
  }

  @Test
  void streamingNeedsNoReadingThreads() {
    TrainingFiles files =
        new TrainingFiles(folder).data("dataset_param.basic_parameters.streaming", "true");

    assertThat(files.problems())
        .containsExactly(
            "data.json: dataset_param.basic_parameters.streaming = true: needs --num-workers 0,"
                + " which is 2");
    assertThat(files.arguments("--num-workers 0").load().launch().batch().numWorkers()).isZero();
  }

  @Test
  void remarksOnACacheThatNodesMightShare() {
    assertThat(
            new TrainingFiles(folder)
                .data("dataset_param.basic_parameters.cache_dir", "\"./none\"")
                .arguments("--nnodes 2")
                .warnings())
        .containsExactly(
            "data.json: dataset_param.basic_parameters.cache_dir = ./none: must not be on a file"
                + " system that several nodes share");
  }

  @Test
  void printsEveryKeyOfEverySource() {
    TrainingConfiguration configuration =
        new TrainingFiles(folder)
            .arguments("--num-layers 9")
            .environment("TASK_QUEUE_ENABLE", "2")
            .load();

    String printed = ConfigPrinter.print(configuration);

    assertThat(printed.lines())
        .contains(
            "# model configuration",
            "text_decoder.vocab_size = 512",
            "# data configuration",
            "dataset_param.basic_parameters.dataset = [a.json]",
            "# tools configuration",
            "profile.enable = false",
            "# FSDP2 configuration",
            "sharding_size = 1",
            "# launch arguments",
            "--num-layers = 3",
            "# environment",
            "TASK_QUEUE_ENABLE = 2",
            "# warnings",
            "# launch arguments: --num-layers = 9: is replaced by text_decoder.num_layers = 3 of"
                + " the model configuration");
    assertThat(printed).doesNotContain("Optional").endsWith("\n");
  }

  @Test
  void theExceptionCarriesItsProblems() {
    ConfigException exception =
        catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(List.of(), Map.of()));

    assertThat(exception.problems())
        .extracting(problem -> problem.file())
        .containsOnly(LaunchArguments.FILE);
  }

  private static List<String> words(String text) {
    return new ArrayList<>(Arrays.asList(text.strip().split("\\s+", -1)));
  }
}
