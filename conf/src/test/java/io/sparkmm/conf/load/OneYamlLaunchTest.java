package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.load.ConfigFile.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class OneYamlLaunchTest {
  private final ConfigProblems problems = new ConfigProblems();

  @Test
  void isUsedWhenTheFirstArgumentIsAYamlFile() {
    assertThat(OneYamlLaunch.isUsed(List.of("train.yaml", "--lr", "1"))).isTrue();
    assertThat(OneYamlLaunch.isUsed(List.of("--fsdp2-config-path", "f.yaml"))).isFalse();
    assertThat(OneYamlLaunch.isUsed(List.of())).isFalse();
  }

  @Test
  void flattensSectionsToOptions() {
    List<String> arguments =
        expand(
            """
            MM_TOOL_PATH: tools.json
            gpt_args:
              parallel:
                tensor_model_parallel_size: 1
                sequence_parallel: false
              training:
                micro_batch_size: 2
                lr: 1.0e-5
                bf16: true
                load: null
                weight_decay_exclude_modules: [norm, bias]
              seed: 1
              late:
                seed: 42
            lora_args:
              lora_r: 16
              lr: 2.0e-5
            """);

    assertThat(arguments)
        .containsExactly(
            "--tensor-model-parallel-size",
            "1",
            "--micro-batch-size",
            "2",
            "--lr",
            "2.0E-5",
            "--bf16",
            "--weight-decay-exclude-modules",
            "norm",
            "bias",
            "--seed",
            "42",
            "--lora-r",
            "16",
            "--mm-tool",
            "tools.json",
            "--mm-data",
            "train.yaml",
            "--mm-model",
            "train.yaml");
  }

  @Test
  void followsAnchors() {
    assertThat(
            expand("paths: &p {load: in}\nMM_TOOL_PATH: t.json\ngpt_args:\n  <<: *p\n  seed: 1\n"))
        .contains("--load", "in", "--seed", "1");
  }

  @Test
  void saysWhichSectionIsMissing() {
    expand("gpt_arg: {}\n");

    assertThat(problems.problems())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "train.yaml: gpt_args: is required: expected an object of arguments",
            "train.yaml: MM_TOOL_PATH: is required: expected the path of tools.json");
  }

  @Test
  void argumentsAfterTheFileComeLast() {
    assertThat(OneYamlLaunch.expand(List.of("none.yaml", "--seed", "3"), problems))
        .containsExactly("--seed", "3");
    assertThat(problems.problems())
        .extracting(ConfigProblem::toString)
        .containsExactly("none.yaml: launch configuration cannot be read: there is no such file");
  }

  private List<String> expand(String text) {
    return ConfigFile.parse(Kind.LAUNCH, "train.yaml", text, problems)
        .map(file -> OneYamlLaunch.expand(file, problems))
        .orElseThrow();
  }
}
