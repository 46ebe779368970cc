package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Where the message of each kind of wrong configuration is tested. A row names a test and a piece
 * of the message that the test's source asks for; a row whose test or message is gone fails. Rows
 * that need a model or a checkpoint have theirs in the training module.
 */
class ErrorTableTest {
  private static final Path SOURCES = Path.of("src", "test", "java", "io", "sparkmm", "conf");
  private static final List<Integer> TRAINING_ONLY = List.of(30);

  /** A row: number, test class, method, piece of the message. */
  private static final List<String> ROWS =
      List.of(
          "C1 | load.ConfigFileTest | saysThatAFileIsMissing | data configuration cannot be read: there is no such file",
          "C1 | load.ConfigFileTest | saysThatAFileIsAFolder | model configuration cannot be read: ",
          "C1 | load.JsonTextTest | namesTheLineOfTheMistake | at line 3, column 8",
          "C1 | load.YamlTextTest | namesLineAndCause | at line 2, column 6",
          "C1 | load.TrainingLoaderTest | missingFilesAreAllNamed | there is no such file",
          "C2 | load.ConfigFileTest | refusesOtherSuffixes | unsupported config suffix",
          "C3 | load.ConfigFileTest | saysThatASectionIsMissing | the section is missing in this YAML file",
          "C3 | load.OneYamlLaunchTest | saysWhichSectionIsMissing | gpt_args: is required: expected an object of arguments",
          "C3 | load.OneYamlLaunchTest | saysWhichSectionIsMissing | MM_TOOL_PATH: is required: expected the path of tools.json",
          "C4 | ModelConfigTest | checksEveryDtypeKeyAtAnyDepth | patch.dtype = bfloat16: unsupported data type; must be one of int32",
          "C4 | ConfigTreeTest | refusesOtherElementTypes | bfloat16",
          "C5 | Fsdp2ConfigTest | refusesALine | shardin_size = 2: unknown key; did you mean sharding_size?",
          "C6 | Fsdp2ConfigTest | refusesALine | cast_forward_inputs = 1: expected true or false, got a whole number",
          "C6 | Fsdp2ConfigTest | refusesALine | expected a list of module patterns; write it as a YAML list",
          "C6 | ModelConfigTest | refusesAValue | expected a whole number, got a number with a fraction",
          "C7 | Fsdp2ConfigTest | refusesALine | sharding_size = 0: must be auto or a whole number of at least 1",
          "C8 | load.Fsdp2ChecksTest | theShardingSizeMustDivideTheWorkers | 8 workers divided by 3 leave 2",
          "C9 | Fsdp2ConfigTest | refusesALine | ignored_modules[0] = a.{*: mismatched braces",
          "C9 | Fsdp2ModulesTest | namesFileKeyAndPatternThatMatchesNothing | fsdp2.yaml: sub_modules_to_wrap[1] = model.layer.{*}: there is no module model.layer",
          "C10 | pattern.ModuleSelectionTest | aPatternThatMatchesNothingIsAnError | visual.{*} | visual is not a list of modules",
          "C11 | Fsdp2ModulesTest | refusesWrappingInsideAnIgnoredModule | is wrapped, but ignored_modules = [visual.blocks.{1}, visual.merger] leaves it out",
          "C12 | load.Fsdp2ChecksTest | offloadingNeedsABackendForTheCpu | needs --distributed-backend npu:hccl,cpu:gloo",
          "C13 | load.Fsdp2ChecksTest | refusesWhatDoesNotGoWithSharding | --pipeline-model-parallel-size = 2: must be 1 together with --use-torch-fsdp2",
          "C13 | load.Fsdp2ChecksTest | refusesWhatDoesNotGoWithSharding | --expert-model-parallel-size = 2: must be 1 together with",
          "C13 | load.Fsdp2ChecksTest | refusesWhatDoesNotGoWithSharding | --use-distributed-optimizer: cannot be given together with --use-torch-fsdp2",
          "C13 | load.Fsdp2ChecksTest | refusesWhatDoesNotGoWithSharding | --fp16: cannot be given together with --use-torch-fsdp2",
          "C13 | load.Fsdp2ChecksTest | refusesWhatDoesNotGoWithSharding | --ckpt-format = torch: must be torch_dcp or torch_dist together with",
          "C13 | load.Fsdp2ChecksTest | namesTheFlagsThatAreMissing | --no-gradient-accumulation-fusion: must be given together with",
          "C13 | load.Fsdp2ChecksTest | namesTheFlagsThatAreMissing | --untie-embeddings-and-output-weights: must be given together with",
          "C13 | load.Fsdp2ChecksTest | tiedEmbeddingsCannotBeSharded | tied weights would belong to two groups",
          "C13 | load.Fsdp2ChecksTest | oneDeviceQueueIsTooFew | CUDA_DEVICE_MAX_CONNECTIONS = 1: must not be 1 together with --use-torch-fsdp2; set it to 2",
          "C14 | load.Fsdp2ChecksTest | theShardingFileNeedsTheFlag | --fsdp2-config-path = fsdp2.yaml: needs --use-torch-fsdp2",
          "C15 | load.Fsdp2ChecksTest | recomputationIsAskedForInOnePlaceOnly | cannot be used together with --recompute-granularity, --recompute-method or --recompute-num-layers",
          "C16 | LaunchArgumentsTest | refusesAnOption | --calculate-per-sample-loss: cannot be given together with --calculate-per-token-loss",
          "C17 | ModelConfigTest | refusesAValue | = mean: must be one of default, per_sample_loss, per_token_loss",
          "C17 | ModelConfigTest | refusesAValue | = chunked: must be one of default, chunk, dynamic_chunk",
          "C17 | LaunchArgumentsTest | refusesAnOption | --dpo-loss-type = hinge: must be one of sigmoid",
          "C17 | LaunchArgumentsTest | refusesAnOption | --lr-decay-style = cosinus: must be one of constant, linear,",
          "C17 | LaunchArgumentsTest | refusesAnOption | --context-parallel-algo = ring: must be one of ulysses_cp_algo, megatron_cp_algo, hybrid_cp_algo",
          "C17 | ToolsConfigTest | refusesAValueEvenWhenDisabled | must be one of static, dynamic",
          "C17 | ToolsConfigTest | refusesAValueEvenWhenDisabled | must be one of level0, level1, level2",
          "C17 | ToolsConfigTest | refusesAValueEvenWhenDisabled | must be one of PipeUtilization,",
          "C18 | load.CrossCheckOptionsTest | aGlobalBatchWithARestIsRefused | : must be a multiple of --micro-batch-size × data parallel size = ",
          "C18 | load.CrossCheckOptionsTest | workersMustFillWholeModels | workers cannot be divided by tensor × pipeline × context parallel size = ",
          "C19 | LaunchArgumentsTest | refusesAnOption | --min-lr = 1: must not be greater than --lr = 1.0E-5",
          "C19 | LaunchArgumentsTest | refusesAnOption | --lr-warmup-iters = 10: must be less than the decay iterations = 10",
          "C19 | LaunchArgumentsTest | refusesAnOption | --lr-warmup-iters = 2: cannot be given together with --lr-warmup-fraction = 0.1",
          "C20 | LaunchArgumentsTest | refusesAnOption | --save-interval = 0: must be at least 1",
          "C20 | LaunchArgumentsTest | refusesAnOption | --log-interval = 0: must be at least 1",
          "C20 | LaunchArgumentsTest | refusesAnOption | --save-interval: is required together with --save = out",
          "C21 | ModelConfigTest | refusesOtherPipelines | all vision layers must come before the first text layer:",
          "C21 | ModelConfigTest | refusesOtherPipelines | must add up to num_layers = 28, adds up to 29",
          "C21 | load.ModelChecksTest | stagesMustBeAsManyAsThePipelineHas | must have as many entries as --pipeline-model-parallel-size = 1,",
          "C22 | ModelConfigTest | checksSizesAgainstEachOther | text_decoder.hidden_size = 96: must be divisible by num_attention_heads = 5",
          "C22 | ModelConfigTest | checksSizesAgainstEachOther | must be divisible by num_query_groups = 3",
          "C22 | ModelConfigTest | checksSizesAgainstEachOther | numbers that add up to half the head size (kv_channels = 24), add up to 13",
          "C23 | ModelConfigTest | namesTheRegisteredModelsForAnUnknownOne | must be one of internvl, qwen2vl; did you mean qwen2vl?; other could not be registered: no such class",
          "C24 | load.TrainingLoaderTest | theHuggingFaceFolderMustHaveAConfiguration | init_from_hf_path = none/hf: there is no such folder",
          "C24 | load.TrainingLoaderTest | theHuggingFaceFolderMustHaveAConfiguration | init_from_hf_path = empty: the folder has no config.json",
          "C25 | LaunchArgumentsTest | refusesAnOption | --dpo-label-smoothing = 0.6: must be in [0, 0.5]",
          "C25 | LaunchArgumentsTest | refusesAnOption | --dpo-beta = 0: must be greater than 0",
          "C25 | LaunchArgumentsTest | refusesAnOption | --pref-ftx = -0.1: must be at least 0",
          "C26 | LaunchArgumentsTest | refusesAnOption | --lora-r = 0: must be at least 1",
          "C26 | LaunchArgumentsTest | refusesAnOption | --lora-alpha = 0: must be greater than 0",
          "C26 | LaunchArgumentsTest | refusesAnOption | --lora-dropout = 1: must be in [0, 1)",
          "C26 | LaunchArgumentsTest | refusesAnOption | --lora-target-modules: needs at least one name",
          "C27 | EnvironmentSettingsTest | namesVariableValueAndRange | HCCL_CONNECT_TIMEOUT",
          "C28 | DataConfigTest | refusesBasicParameters | = 1.5: must be in [0, 1]",
          "C29 | load.CrossCheckOptionsTest | streamingIsFineWithoutReadingThreads | needs --num-workers 0, which is 1",
          "C29 | DataConfigTest | streamingExcludesAValidationRate | val_rate = 0.1: cannot be used together");

  static List<String> rows() {
    return ROWS;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void isTested(String row) throws ClassNotFoundException, IOException {
    String[] parts = row.split(" \\| ", 4);
    Class<?> type = Class.forName(getClass().getPackageName() + "." + parts[1]);
    String source = Files.readString(SOURCES.resolve(parts[1].replace('.', '/') + ".java"));

    assertThat(Arrays.stream(type.getDeclaredMethods()).map(found -> found.getName()))
        .contains(parts[2]);
    // Literals are cut over several lines.
    assertThat(source.replaceAll("\"\\s*\\+ \"", "")).contains(parts[3]);
  }

  @Test
  void everyRowOfTheTableIsThere() {
    assertThat(
            IntStream.rangeClosed(1, 30)
                .filter(row -> !TRAINING_ONLY.contains(row))
                .filter(row -> ROWS.stream().noneMatch(text -> text.startsWith("C" + row + " ")))
                .boxed())
        .isEmpty();
  }
}
