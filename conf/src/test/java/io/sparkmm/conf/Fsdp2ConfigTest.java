package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.assertEveryKeyDiffers;
import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.conf.load.ConfigPrinter;
import io.sparkmm.conf.pattern.ModulePattern;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Fsdp2ConfigTest {
  private static final String DEFAULTS =
      """
      sharding_size = 1
      param_dtype = null
      reduce_dtype = null
      output_dtype = null
      cast_forward_inputs = true
      sub_modules_to_wrap = []
      ignored_modules = []
      recompute_modules = []
      use_reentrant = true
      reshard_after_forward = true
      offload_to_cpu = false
      pin_memory = false
      num_to_forward_prefetch = 0
      num_to_backward_prefetch = 1
      align_fsdp_param_groups = false
      expert_parallel_size = 1
      reshard_local_experts = true
      moe_modules = []
      """;

  private static final String EVERY_KEY =
      """
      sharding_size: auto
      param_dtype: "bf16"
      reduce_dtype: fp32
      output_dtype: fp16
      cast_forward_inputs: false
      sub_modules_to_wrap:
        - "model.layers.{*}"
        - model.embed_tokens
      ignored_modules:
        - "visual"
      recompute_modules:
        - "model.layers.{0-3,7}"
      use_reentrant: false
      reshard_after_forward: 2
      offload_to_cpu: true
      pin_memory: true
      num_to_forward_prefetch: 2
      num_to_backward_prefetch: 3
      align_fsdp_param_groups: true
      expert_parallel_size: 1
      reshard_local_experts: false
      moe_modules:
        - "model.layers.{*}.mlp"
      """;

  private static final String EVERY_VALUE =
      """
      sharding_size = auto
      param_dtype = bf16
      reduce_dtype = fp32
      output_dtype = fp16
      cast_forward_inputs = false
      sub_modules_to_wrap = [model.layers.{*}, model.embed_tokens]
      ignored_modules = [visual]
      recompute_modules = [model.layers.{0-3,7}]
      use_reentrant = false
      reshard_after_forward = 2
      offload_to_cpu = true
      pin_memory = true
      num_to_forward_prefetch = 2
      num_to_backward_prefetch = 3
      align_fsdp_param_groups = true
      expert_parallel_size = 1
      reshard_local_experts = false
      moe_modules = [model.layers.{*}.mlp]
      """;

  /** As published, with a tab at the end of most lines. */
  private static final String PUBLISHED_SAMPLE =
      """
      sharding_size: auto\t
      sub_modules_to_wrap:\t
        - "text_decoder.output_layer"\t
        - "text_decoder.embedding"\t
        - "text_decoder.rotary_pos_emb"\t
        - "text_decoder.decoder.layers.{*}"\t
      param_dtype: "bf16"\t
      reduce_dtype: "fp32"\t
      cast_forward_inputs: True\t
      ignored_modules:\t
        - "image_encoder"\t
      recompute_modules:\t
        - "text_decoder.decoder.layers.{*}"\t
      num_to_forward_prefetch: 2\t
      num_to_backward_prefetch: 2
      offload_to_cpu: False
      """;

  @Test
  void keepsTheDefaultsOfTheReference() {
    assertThat(ConfigPrinter.lines(Fsdp2Config.defaults()))
        .containsExactlyElementsOf(DEFAULTS.lines().toList());
    assertThat(parse("# nothing")).isEqualTo(Fsdp2Config.defaults());
  }

  @Test
  void takesEveryKey() {
    List<String> printed = ConfigPrinter.lines(parse(EVERY_KEY));

    assertThat(printed).containsExactlyElementsOf(EVERY_VALUE.lines().toList());
    assertEveryKeyDiffers(DEFAULTS.lines().toList(), printed, Set.of("expert_parallel_size"));
  }

  @Test
  void takesThePublishedSampleWithItsTabs() {
    Fsdp2Config sample = parse(PUBLISHED_SAMPLE);

    assertThat(PUBLISHED_SAMPLE).contains("sharding_size: auto\t\n");
    assertThat(sample.shardingSize()).isEqualTo(ShardingSize.AUTO);
    assertThat(sample.paramDtype()).contains(DType.BF16);
    assertThat(sample.reduceDtype()).contains(DType.FP32);
    assertThat(sample.castForwardInputs()).isTrue();
    assertThat(sample.subModulesToWrap())
        .extracting(ModulePattern::text)
        .containsExactly(
            "text_decoder.output_layer",
            "text_decoder.embedding",
            "text_decoder.rotary_pos_emb",
            "text_decoder.decoder.layers.{*}");
    assertThat(sample.ignoredModules())
        .extracting(ModulePattern::text)
        .containsExactly("image_encoder");
    assertThat(sample.recomputeModules()).hasSize(1);
    assertThat(sample.numToForwardPrefetch()).isEqualTo(2);
    assertThat(sample.numToBackwardPrefetch()).isEqualTo(2);
    assertThat(sample.offloadToCpu()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sharding_size:",
        "param_dtype: null",
        "sub_modules_to_wrap:",
        "ignored_modules: []",
        "reshard_after_forward: null",
      })
  void takesNullForTheDefault(String line) {
    assertThat(parse(line)).isEqualTo(Fsdp2Config.defaults());
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "True", "yes", "Yes", "on"})
  void takesEveryYamlSpellingOfTrue(String value) {
    assertThat(parse("offload_to_cpu: " + value).offloadToCpu()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"true, true", "false, false", "4, 4"})
  void reshardsAlwaysNeverOrOverAGroup(String value, String printed) {
    assertThat(parse("reshard_after_forward: " + value).reshardAfterForward()).hasToString(printed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "shardin_size: 2 | shardin_size = 2: unknown key; did you mean sharding_size?",
        "sub_module_to_wrap: [] | sub_module_to_wrap = []: unknown key; did you mean"
            + " sub_modules_to_wrap?",
        "colour: red | colour = red: unknown key",
        "sharding_size: 0 | sharding_size = 0: must be auto or a whole number of at least 1",
        "sharding_size: -1 | sharding_size = -1: must be auto or a whole number of at least 1",
        "sharding_size: all | sharding_size = all: must be auto or a whole number of at least 1",
        "sharding_size: 1.5 | sharding_size = 1.5: must be auto or a whole number of at least 1",
        "param_dtype: int8 | param_dtype = int8: unsupported data type; must be one of bf16, fp16,"
            + " float16, half, fp32, float32, fp64, float64",
        "reduce_dtype: bfloat16 | reduce_dtype = bfloat16: unsupported data type; must be one of bf16,"
            + " fp16, float16, half, fp32, float32, fp64, float64",
        "output_dtype: 16 | output_dtype = 16: expected a text, got a whole number",
        "cast_forward_inputs: 1 | cast_forward_inputs = 1: expected true or false, got a whole number",
        "cast_forward_inputs: 'true' | cast_forward_inputs = true: expected true or false, got a"
            + " text",
        "use_reentrant: null | use_reentrant = null: expected true or false, got null",
        "reshard_after_forward: 1 | reshard_after_forward = 1: must be true, false or a whole number"
            + " greater than 1",
        "reshard_after_forward: maybe | reshard_after_forward = maybe: must be true, false or a whole"
            + " number greater than 1",
        "num_to_forward_prefetch: -1 | num_to_forward_prefetch = -1: must be at least 0",
        "num_to_backward_prefetch: 1.5 | num_to_backward_prefetch = 1.5: expected a whole number, got"
            + " a number with a fraction",
        "expert_parallel_size: 2 | expert_parallel_size = 2: is not supported; must be 1",
        "sub_modules_to_wrap: text_decoder | sub_modules_to_wrap = text_decoder: expected a list of"
            + " module patterns; write it as a YAML list",
        "sub_modules_to_wrap: [a, 5] | sub_modules_to_wrap[1] = 5: expected a module pattern as text;"
            + " put it between quotes",
        "sub_modules_to_wrap: [{0-3}] | sub_modules_to_wrap[0] = {\"0-3\":null}: expected a module"
            + " pattern as text; put it between quotes",
        "ignored_modules: ['a.{*'] | ignored_modules[0] = a.{*: mismatched braces",
        "recompute_modules: ['a', ''] | recompute_modules[1]: the pattern is empty",
        "moe_modules: ['a.{5-3}'] | moe_modules[0] = a.{5-3}: the range 5-3 has its start > its end",
      })
  void refusesALine(String line, String message) {
    assertThat(problemsOf(() -> parse(line))).containsExactly("fsdp2.yaml: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sub_modules_to_wrap: [model.layers.{1,3,5}]",
        "sub_modules_to_wrap: [{*}]",
        "sub_modules_to_wrap: *",
      })
  void advisesQuotesWhereYamlStumblesOverAPattern(String line) {
    assertThat(problemsOf(() -> parse(line)))
        .singleElement()
        .asString()
        .startsWith("fsdp2.yaml: FSDP2 configuration cannot be read as YAML at line 1, column ")
        .endsWith("; put module patterns between quotes");
  }

  @Test
  void unquotedPatternsInBlockListsAreFine() {
    assertThat(parse("sub_modules_to_wrap:\n  - model.layers.{1,3,5}\n").subModulesToWrap())
        .extracting(ModulePattern::indices)
        .containsExactly(List.of(1, 3, 5));
  }

  @Test
  void refusesAKeyThatStandsTwice() {
    assertThat(problemsOf(() -> parse("sharding_size: 1\nsharding_size: 2\n")))
        .singleElement()
        .asString()
        .startsWith("fsdp2.yaml: FSDP2 configuration cannot be read as YAML at line ")
        .contains("duplicate key sharding_size");
  }

  @Test
  void reportsEverythingAtOnce() {
    assertThat(problemsOf(() -> parse("sharding_size: no\nparam_dtype: x\nfoo: 1\n")))
        .containsExactly(
            "fsdp2.yaml: sharding_size = false: must be auto or a whole number of at least 1",
            "fsdp2.yaml: param_dtype = x: unsupported data type; must be one of bf16, fp16,"
                + " float16, half, fp32, float32, fp64, float64",
            "fsdp2.yaml: foo = 1: unknown key");
  }

  @ParameterizedTest
  @CsvSource({"auto, 1, 1", "auto, 8, 8", "1, 8, 1", "4, 8, 4", "8, 8, 8"})
  void resolvesTheShardingSize(String size, int workers, int shards) {
    Fsdp2Config config = parse("sharding_size: " + size);

    assertThat(config.shardingSize().resolve(workers)).isEqualTo(shards);
    assertThat(config.validate("fsdp2.yaml", workers)).isEmpty();
  }

  @Test
  void shardingSizeMustDivideTheWorkers() {
    Fsdp2Config config = parse("sharding_size: 3");

    assertThat(config.validate("fsdp2.yaml", 8))
        .singleElement()
        .hasToString(
            "fsdp2.yaml: sharding_size = 3: must divide the number of workers: 8 workers divided by"
                + " 3 leave 2");
    assertThatThrownBy(() -> config.shardingSize().resolve(8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot shard over groups of 3: 8 workers divided by 3 leave 2");
    assertThatThrownBy(() -> ShardingSize.of(0)).hasMessage("Cannot shard over 0 workers");
  }

  @ParameterizedTest
  @CsvSource({"2, 8, true", "4, 8, true", "8, 8, false", "3, 8, false", "16, 8, false"})
  void reshardGroupMustDivideTheShardGroup(int group, int workers, boolean fits) {
    Fsdp2Config config = parse("sharding_size: auto\nreshard_after_forward: " + group);

    List<ConfigProblem> problems = config.validate("fsdp2.yaml", workers);

    assertThat(problems.isEmpty()).isEqualTo(fits);
    if (!fits) {
      assertThat(problems)
          .singleElement()
          .hasToString(
              "fsdp2.yaml: reshard_after_forward = "
                  + group
                  + ": must be true, false or a divisor of the shard group size 8 other than 1 and"
                  + " 8");
    }
  }

  private static Fsdp2Config parse(String text) {
    return ConfigLoader.parseFsdp2("fsdp2.yaml", text);
  }
}
