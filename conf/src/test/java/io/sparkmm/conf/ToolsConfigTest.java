package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.assertEveryKeyDiffers;
import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static io.sparkmm.conf.ConfigTesting.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.conf.load.ConfigPrinter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolsConfigTest {
  private static final String DEFAULTS =
      """
      profile.enable = false
      profile.profile_type = static
      profile.ranks = [0, 1, 2, 3]
      profile.static_param.level = level1
      profile.static_param.with_stack = false
      profile.static_param.with_memory = false
      profile.static_param.record_shapes = false
      profile.static_param.with_cpu = true
      profile.static_param.save_path = ./npu_profiling
      profile.static_param.start_step = 10
      profile.static_param.end_step = 11
      profile.static_param.data_simplification = false
      profile.static_param.aic_metrics_type = PipeUtilization
      profile.static_param.analyse_flag = true
      profile.dynamic_param.config_path = null
      memory_profile.enable = false
      memory_profile.start_step = 0
      memory_profile.end_step = 2
      memory_profile.save_path = ./memory_snapshot
      memory_profile.dump_ranks = [0]
      memory_profile.stacks = all
      memory_profile.max_entries = null
      memory_profile.mem_info = false
      sorafeature.save_path = ./sora_features
      sorafeature.extract_video_feature = false
      sorafeature.extract_text_feature = false
      """;

  private static final String EVERY_KEY =
      """
      {
        "profile": {
          "enable": true,
          "profile_type": "dynamic",
          "ranks": [-1],
          "static_param": {
            "level": "level2",
            "with_stack": true,
            "with_memory": true,
            "record_shapes": true,
            "with_cpu": false,
            "save_path": "./p",
            "start_step": 3,
            "end_step": 9,
            "data_simplification": true,
            "aic_metrics_type": "ArithmeticUtilization",
            "analyse_flag": false
          },
          "dynamic_param": {
            "config_path": "./d"
          }
        },
        "memory_profile": {
          "enable": true,
          "start_step": 1,
          "end_step": 5,
          "save_path": "./m",
          "dump_ranks": [0, 2],
          "stacks": "python",
          "max_entries": 1000,
          "mem_info": true
        },
        "sorafeature": {
          "save_path": "./s",
          "extract_video_feature": false,
          "extract_text_feature": false
        }
      }
      """;

  private static final String EVERY_VALUE =
      """
      profile.enable = true
      profile.profile_type = dynamic
      profile.ranks = [-1]
      profile.static_param.level = level2
      profile.static_param.with_stack = true
      profile.static_param.with_memory = true
      profile.static_param.record_shapes = true
      profile.static_param.with_cpu = false
      profile.static_param.save_path = ./p
      profile.static_param.start_step = 3
      profile.static_param.end_step = 9
      profile.static_param.data_simplification = true
      profile.static_param.aic_metrics_type = ArithmeticUtilization
      profile.static_param.analyse_flag = false
      profile.dynamic_param.config_path = ./d
      memory_profile.enable = true
      memory_profile.start_step = 1
      memory_profile.end_step = 5
      memory_profile.save_path = ./m
      memory_profile.dump_ranks = [0, 2]
      memory_profile.stacks = python
      memory_profile.max_entries = 1000
      memory_profile.mem_info = true
      sorafeature.save_path = ./s
      sorafeature.extract_video_feature = false
      sorafeature.extract_text_feature = false
      """;

  @Test
  void keepsTheDefaultsOfTheReference() {
    assertThat(ConfigPrinter.lines(ToolsConfig.defaults()))
        .containsExactlyElementsOf(DEFAULTS.lines().toList());
    assertThat(parse("{}")).isEqualTo(ToolsConfig.defaults());
    assertThat(parse("{\"profile\": null}")).isEqualTo(ToolsConfig.defaults());
  }

  @Test
  void takesEveryKey() {
    List<String> printed = ConfigPrinter.lines(parse(EVERY_KEY));

    assertThat(printed).containsExactlyElementsOf(EVERY_VALUE.lines().toList());
    assertEveryKeyDiffers(
        DEFAULTS.lines().toList(),
        printed,
        Set.of("sorafeature.extract_video_feature", "sorafeature.extract_text_feature"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "profile.profile_type | \"live\" | = live: must be one of static, dynamic",
        "profile.static_param.level | \"level3\" | = level3: must be one of level0, level1, level2;"
            + " did you mean level0?",
        "profile.static_param.aic_metrics_type | \"Pipe\" | = Pipe: must be one of PipeUtilization,"
            + " ArithmeticUtilization",
        "profile.static_param.start_step | 11 | = 11: must be less than end_step (11)",
        "profile.static_param.end_step | -1 | = -1: must be at least 0",
        "profile.ranks | [0, \"1\"] | [1] = 1: expected a whole number, got a text",
        "profile.ranks | [-2] | [0] = -2: must be at least -1",
        "profile.ranks | 0 | = 0: expected a list of whole numbers, got a whole number",
        "profile.enable | 1 | = 1: expected true or false, got a whole number",
        "memory_profile.start_step | 2 | = 2: must be less than end_step (2)",
        "memory_profile.stacks | \"java\" | = java: must be one of python, all",
        "memory_profile.max_entries | 0 | = 0: must be at least 1",
        "sorafeature.extract_video_feature | true | = true: is not supported; must be false",
      })
  void refusesAValueEvenWhenDisabled(String key, String value, String message) {
    List<String> problems = problemsOf(() -> parse(with("{}", key, value)));

    String found = problems.get(0);
    assertThat(found)
        .isEqualTo("tools.json: " + key + (message.startsWith("[") ? "" : " ") + message);
  }

  @Test
  void unknownKeysAreRemarksOnly() {
    ConfigProblems collected = new ConfigProblems();
    ToolsConfig.read(
        ConfigSection.root(
            "tools.json",
            ConfigSection.Dialect.JSON,
            ConfigTesting.json("{\"profle\": {}, \"profile\": {\"enabled\": true}}"),
            collected));

    assertThat(collected.problems()).isEmpty();
    assertThat(collected.warnings())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "tools.json: profle = {}: unknown key; did you mean profile?",
            "tools.json: profile.enabled = true: unknown key; did you mean profile.enable?");
  }

  @Test
  void onlyTheListWithMinusOneAloneMeansAllRanks() {
    assertThat(parse(with("{}", "profile.ranks", "[-1]")).profile().includes(17)).isTrue();
    assertThat(parse(with("{}", "profile.ranks", "[-1, 2]")).profile().includes(17)).isFalse();
    assertThat(parse(with("{}", "profile.ranks", "[1, 2]")).profile().includes(2)).isTrue();
  }

  @Test
  void nullDumpRanksMeansAll() {
    assertThat(parse(with("{}", "memory_profile.dump_ranks", "null")).memoryProfile().dumpRanks())
        .isEmpty();
  }

  private static ToolsConfig parse(String text) {
    return ConfigLoader.parseTools("tools.json", text);
  }
}
