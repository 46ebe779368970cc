package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.arguments;
import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pairs of options that exclude or need each other: each alone, and both in either order. */
class LaunchOptionConflictsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--bf16 | --fp16 | --fp16: cannot be given together with --bf16",
        "--calculate-per-sample-loss | --calculate-per-token-loss | --calculate-per-sample-loss:"
            + " cannot be given together with --calculate-per-token-loss",
        "--override-opt-param-scheduler | --use-checkpoint-opt-param-scheduler |"
            + " --override-opt-param-scheduler: cannot be given together with"
            + " --use-checkpoint-opt-param-scheduler",
        "--lr-warmup-fraction 0.5 | --lr-warmup-iters 3 | --lr-warmup-iters = 3: cannot be given"
            + " together with --lr-warmup-fraction = 0.5",
        "--nproc_per_node 4 | --local_worker_num 2 | --local-worker-num = 2: must be equal to"
            + " --nproc-per-node = 4",
        "--nproc_per_node 4 | --worker_num 8 | --worker-num = 8: must be equal to workers per node"
            + " times nodes = 4",
        "--nnodes 2 | --node_rank 2 | --node-rank = 2: must be less than --nnodes = 2",
      })
  void excludeEachOtherInEitherOrder(String first, String second, String message) {
    List<String> expected = List.of("launch arguments: " + message);

    assertThat(problemsOf(() -> parse(first, second))).isEqualTo(expected);
    assertThat(problemsOf(() -> parse(second, first))).isEqualTo(expected);
    assertThat(parse(first).batch().microBatchSize()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--sequence-parallel | --tensor-model-parallel-size 2 | --sequence-parallel: needs"
            + " --tensor-model-parallel-size greater than 1, which is 1",
        "--save out | --save-interval 5 | --save-interval: is required together with --save = out",
        "--lr-decay-style WSD | --lr-wsd-decay-iters 10 | --lr-wsd-decay-iters: is required with"
            + " --lr-decay-style = WSD",
        "--worker_num 8 | --nproc_per_node 8 | --worker-num = 8: must be equal to workers per node"
            + " times nodes = 1",
        "--lr-warmup-iters 10 | --lr-decay-iters 11 | --lr-warmup-iters = 10: must be less than the"
            + " decay iterations = 10",
        "--min-lr 2e-5 | --lr 3e-5 | --min-lr = 2e-5: must not be greater than --lr = 1.0E-5",
        "--lr-warmup-init 2e-5 | --lr 2e-5 | --lr-warmup-init = 2e-5: must not be greater than --lr"
            + " = 1.0E-5",
      })
  void needEachOtherInEitherOrder(String first, String needed, String message) {
    assertThat(problemsOf(() -> parse(first))).containsExactly("launch arguments: " + message);
    assertThat(parse(first, needed)).isEqualTo(parse(needed, first));
    assertThat(parse(needed).schedule().trainIters()).isEqualTo(10);
  }

  @ParameterizedTest
  @CsvSource({
    "--lr-warmup-iters 9, true",
    "--lr-warmup-iters 10, false",
    "--lr-warmup-fraction 0, true",
    "--lr-warmup-fraction 0.999, true",
    "--lr-warmup-fraction 1, false",
    "--min-lr 1e-5, true",
    "--min-lr 1.1e-5, false",
    "--min-lr -1e-9, false",
    "--lr-wsd-decay-iters 10 --lr-decay-style WSD, true",
    "--lr-wsd-decay-iters 11 --lr-decay-style WSD, false",
    "--lr-wsd-decay-iters 11, true",
    "--adam-beta1 0, true",
    "--adam-beta1 1, false",
    "--adam-beta2 0.99999, true",
    "--adam-beta2 1, false",
    "--adam-eps 0, false",
    "--adam-eps 1e-30, true",
    "--clip-grad 0, true",
    "--clip-grad -0.1, false",
    "--weight-decay 0, true",
    "--weight-decay -1, false",
    "--dpo-label-smoothing 0.5, true",
    "--dpo-label-smoothing 0.51, false",
    "--dpo-beta 0, false",
    "--dpo-beta 0.0001, true",
    "--pref-ftx 0, true",
    "--pref-ftx -0.5, false",
    "--lora-dropout 0, true",
    "--lora-dropout 1, false",
    "--lora-r 1, true",
    "--lora-r 0, false",
    "--lora-alpha 0, false",
    "--lora-alpha 0.5, true",
    "--log-interval 1, true",
    "--log-interval 0, false",
    "--eval-interval 0, false",
    "--eval-iters 0, true",
    "--save-interval 0, false",
    "--num-workers 0, true",
    "--num-workers -1, false",
    "--master_port 65535, true",
    "--master_port 65536, false",
    "--master_port 0, false",
    "--micro-batch-size 0, false",
    "--train-iters 0, false",
    "--lr 0, false",
    "--tensor-model-parallel-size 0, false",
    "--attention-dropout 1, false",
    "--distributed-timeout-minutes 0, false",
  })
  void rangesEndWhereTheReferenceSays(String option, boolean accepted) {
    if (accepted) {
      assertThat(parse(option).withoutEffect()).isEmpty();
    } else {
      String[] words = option.split(" ", -1);
      assertThat(problemsOf(() -> parse(option)))
          .singleElement()
          .asString()
          .startsWith("launch arguments: " + words[0].replace('_', '-') + " = " + words[1] + ": ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--lr-decay-style | constant, linear, cosine, inverse-square-root, WSD",
        "--context-parallel-algo | ulysses_cp_algo, megatron_cp_algo, hybrid_cp_algo",
        "--ckpt-format | torch, torch_dist, zarr, torch_dcp",
        "--dpo-loss-type | sigmoid",
      })
  void everyListedChoiceIsTakenAndAnyOtherNamesThem(String option, String choices) {
    for (String choice : choices.split(", ", -1)) {
      String wsd = choice.equals("WSD") ? "--lr-wsd-decay-iters 1" : "--seed 1";
      assertThat(parse(option + " " + choice, wsd).entryPoint()).isEmpty();
    }
    assertThat(problemsOf(() -> parse(option + " zzzzzz")))
        .singleElement()
        .asString()
        .startsWith("launch arguments: " + option + " = zzzzzz: must be one of ")
        .satisfies(
            problem ->
                assertThat(choices.split(", ", -1)).allMatch(choice -> problem.contains(choice)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hinge", "ipo", "Sigmoid"})
  void otherPreferenceLossesAreRefused(String type) {
    assertThat(problemsOf(() -> parse("--dpo-loss-type " + type)))
        .singleElement()
        .asString()
        .contains("--dpo-loss-type = " + type + ": must be one of sigmoid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--train-samples", "--lr-decay-samples", "--lr-warmup-samples"})
  void iterationsExcludeSamples(String option) {
    assertThat(problemsOf(() -> parse(option + " 100")))
        .containsExactly(
            "launch arguments: "
                + option
                + " = 100: is not supported; give --train-iters and options in iterations");
  }

  @Test
  void commaJoinedAndSeparateTargetsAreTheSame() {
    assertThat(parse("--lora-target-modules a,b,c").lora())
        .isEqualTo(parse("--lora-target-modules a b c").lora())
        .isEqualTo(parse("--lora-target-modules a,b c,").lora());
    assertThat(problemsOf(() -> parse("--lora-target-modules ,")))
        .containsExactly("launch arguments: --lora-target-modules = ,: needs at least one name");
  }

  @Test
  void dashesUnderscoresAndEqualsSignsAreTheSame() {
    LaunchArguments expected = parse("--log-interval 7");

    assertThat(parse("--log_interval 7")).isEqualTo(expected);
    assertThat(parse("--log-interval=7")).isEqualTo(expected);
    assertThat(parse("--log_interval 9", "--log-interval=7")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "--log-intervall 1, --log-interval",
    "--mico-batch-size 1, --micro-batch-size",
    "--use-torch-fsdp, --use-torch-fsdp2",
    "--lora-target-module q, --lora-target-modules",
    "--fsdp2-config f.yaml, --fsdp2-config-path",
  })
  void misspeltOptionsNameTheNearest(String option, String nearest) {
    assertThat(problemsOf(() -> parse(option)))
        .singleElement()
        .asString()
        .endsWith("unknown key; did you mean " + nearest + "?");
  }

  private static LaunchArguments parse(String... options) {
    String[] words =
        Arrays.stream(options)
            .flatMap(option -> Arrays.stream(option.split(" ", -1)))
            .toArray(String[]::new);
    return LaunchArguments.parse(arguments(words));
  }
}
