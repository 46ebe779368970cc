package io.sparkmm.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Where the effect, or the refusal, of each field of {@code fsdp2.yaml} is tested. A row whose test
 * is gone fails, and so does a field without a row.
 */
class Fsdp2FieldsTest {
  private static final Path TRAIN = Path.of("src", "test", "java", "io", "sparkmm", "train");
  private static final Path CONF = Path.of("..", "conf", "src", "test");
  private static final String SHARDING = "model/qwen2vl/PyTorchShardingCasesTest";

  /** A row: field, test class, method, and what the test's source says of the field's value. */
  private static final List<String> ROWS =
      List.of(
          "sharding_size | " + SHARDING + " | trainsLikePyTorch | \"hsdp\"",
          "sharding_size | " + SHARDING + " | trainsLikePyTorch | \"replicated\"",
          "param_dtype | " + SHARDING + " | trainsLikePyTorchInMixedPrecision | \"mixed-all, ",
          "reduce_dtype | "
              + SHARDING
              + " | trainsLikePyTorchInMixedPrecision | \"mixed-narrow-reduce, ",
          "output_dtype | " + SHARDING + " | trainsLikePyTorchInMixedPrecision | \"mixed, ",
          "cast_forward_inputs | "
              + SHARDING
              + " | trainsLikePyTorchInMixedPrecision | \"mixed-no-cast, ",
          "sub_modules_to_wrap | fsdp/WrapPlanTest | deeperModulesTakeTheirParametersFirstAndTheRootTakesTheRest | blocks.0.up",
          "ignored_modules | " + SHARDING + " | trainsLikePyTorch | \"ignored-frozen\"",
          "ignored_modules | " + SHARDING + " | trainsLikePyTorch | \"ignored-trained\"",
          "recompute_modules | " + SHARDING + " | trainsLikePyTorch | \"recompute\"",
          "use_reentrant | " + SHARDING + " | trainsLikePyTorch | \"recompute-reentrant\"",
          "reshard_after_forward | " + SHARDING + " | trainsLikePyTorch | \"keep\"",
          "reshard_after_forward | " + SHARDING + " | trainsLikePyTorch | \"between\"",
          "offload_to_cpu | " + SHARDING + " | trainsLikePyTorch | \"offload\"",
          "pin_memory | launch/TrainPlannerTest | carriesShardingSettingsToTheWorkers | pin_memory: true",
          "num_to_forward_prefetch | " + SHARDING + " | trainsLikePyTorch | \"prefetch\"",
          "num_to_backward_prefetch | " + SHARDING + " | trainsLikePyTorch | \"prefetch-far\"",
          "align_fsdp_param_groups | conf:load/Fsdp2ChecksTest | extraGroupsConcernAnotherModel | align_fsdp_param_groups: true",
          "moe_modules | launch/RefusedTasksTest | refusesFieldsOfTheShardingFile | moe_modules: ['model.layers.{0}']",
          "expert_parallel_size | conf:Fsdp2ConfigTest | refusesALine | expert_parallel_size = 2: is not supported; must be 1",
          "reshard_local_experts | conf:Fsdp2ConfigTest | takesEveryKey | reshard_local_experts");

  static List<String> rows() {
    return ROWS;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void isTested(String row) throws IOException {
    String[] parts = row.split(" \\| ", 4);
    Path file =
        parts[1].startsWith("conf:")
            ? CONF.resolve("java/io/sparkmm/conf/" + parts[1].substring(5) + ".java")
            : TRAIN.resolve(parts[1] + ".java");
    String source = Files.readString(file).replaceAll("\"\\s*\\+ \"", "");

    assertThat(source).contains("  void " + parts[2] + "(").contains(parts[3]);
  }

  @Test
  void everyFieldHasARow() throws IOException {
    List<String> fields =
        Files.readAllLines(CONF.resolve("resources/io/sparkmm/conf/keys/fsdp2.yaml.txt"));

    assertThat(ROWS.stream().map(row -> row.split(" \\| ", 2)[0]).distinct())
        .containsExactlyInAnyOrderElementsOf(fields);
  }
}
