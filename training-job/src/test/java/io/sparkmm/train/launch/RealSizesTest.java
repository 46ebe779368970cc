package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.DType;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.OptimizerType;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.model.qwen2vl.Qwen2VlModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.LiveMemory;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model files of the sizes that users train. */
class RealSizesTest {
  private static final Path FILES = Path.of("..", "conf", "examples", "qwen2vl");

  private static Qwen2VlModel declare(String size) {
    ModelConfig file = ConfigLoader.loadModel(FILES.resolve("model_" + size + ".json"));
    ConfigProblems problems = new ConfigProblems();
    Vocabulary vocabulary =
        new Vocabulary(
            151_665,
            151_643,
            OptionalInt.of(151_643),
            List.of(151_645),
            new Vocabulary.Media(151_652, 151_655, 151_653, 151_656),
            "");
    Qwen2VlModel model =
        new Qwen2VlModel(
            new Qwen2VlModelFile(file, size, problems).config(vocabulary).orElseThrow());
    assertThat(problems.count()).isZero();
    return model;
  }

  private static long count(TrainableModel model, String prefix) {
    return model.namedParameters().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .mapToLong(entry -> entry.getValue().elements())
        .sum();
  }

  @ParameterizedTest
  @CsvSource({
    "2b, 2208985600, 665271296, 34087936, 1310339072, 233373696, 0",
    "7b, 8291375616, 675759104, 44575744, 6525618176, 544997376, 544997376",
    "72b, 73405560320, 699356672, 68173312, 70214778880, 1245708288, 1245708288"
  })
  void haveTheirPublishedNumbersOfParameters(
      String size, long all, long vision, long merger, long layers, long table, long head) {
    Qwen2VlModel model = declare(size);

    assertThat(count(model, "")).isEqualTo(all);
    assertThat(count(model, "visual.")).isEqualTo(vision);
    assertThat(count(model, "visual.merger.")).isEqualTo(merger);
    assertThat(count(model, "model.layers.")).isEqualTo(layers);
    assertThat(count(model, "model.embed_tokens.")).isEqualTo(table);
    assertThat(count(model, "lm_head.")).isEqualTo(head);
    assertThat(model.namedParameters().values()).noneMatch(Parameter::materialized);
  }

  @Test
  void takeNoMemoryUntilTheyGetWeights() {
    declare("2b");
    long before = LiveMemory.bytes();
    Qwen2VlModel largest = declare("72b");

    assertThat(LiveMemory.bytes() - before).isLessThan(256 << 20);
    assertThat(largest.namedParameters()).hasSizeGreaterThan(1000);
  }

  private static ShardingPlan sharding(List<DType> reduce) {
    return sharding(reduce, 0);
  }

  private static ShardingPlan sharding(List<DType> reduce, int reshardSize) {
    return new ShardingPlan(
        List.of("visual.blocks.{*}", "model.embed_tokens", "model.layers.{*}", "lm_head"),
        new ShardingPlan.Types(List.of(DType.BF16), reduce, List.of(), true),
        true,
        reshardSize,
        0,
        List.of(),
        new ShardingPlan.Tuning(0, 1, false, false));
  }

  @Test
  void memoryOfAWorkerIsTheSumOfItsParts() {
    Qwen2VlModel model = declare("7b");
    model.namedParameters().values().stream()
        .filter(parameter -> parameter.name().startsWith("visual."))
        .forEach(Parameter::freeze);
    MemoryEstimate estimate =
        MemoryEstimate.of(
            model,
            sharding(List.of(DType.FP32)),
            new MemoryEstimate.Storage(DType.FP32, OptimizerType.ADAM),
            8);

    long trained = 8_291_375_616L - 675_759_104L;
    long table = 544_997_376L;
    assertThat(estimate.weights()).isEqualTo(8_291_375_616L * 4 / 8);
    assertThat(estimate.gradients()).isEqualTo(trained * 4 / 8);
    assertThat(estimate.optimizer()).isEqualTo(trained * 8 / 8);
    assertThat(estimate.gathered()).isEqualTo(2 * table * 2);
    assertThat(estimate.wholeGradients()).isEqualTo(table * 2);
    assertThat(estimate.exchanges()).isEqualTo(2 * table / 8 * 9 * 4);
    assertThat(estimate)
        .hasToString(
            "22.11 GiB: weights 3.86, gradients 3.55, optimizer 7.09, gathered weights 2.03, their"
                + " gradients 1.02, exchanges 4.57");
  }

  @Test
  void whatIsKeptUntilBackwardCountsAsGathered() {
    Qwen2VlModel model = declare("7b");
    MemoryEstimate.Storage storage = new MemoryEstimate.Storage(DType.FP32, OptimizerType.ADAM);

    long freed = MemoryEstimate.of(model, sharding(List.of()), storage, 8).gathered();
    long kept = MemoryEstimate.of(model, sharding(List.of(), 2), storage, 8).gathered();

    long others = 8_291_375_616L - 2 * 544_997_376L;
    assertThat(kept - freed).isEqualTo(others / 2 * 2);
  }

  @Test
  void oneWorkerWithoutConversionNeedsNothingBesidesItsState() {
    Qwen2VlModel model = declare("2b");
    ShardingPlan plain =
        new ShardingPlan(
            List.of(),
            new ShardingPlan.Types(List.of(), List.of(), List.of(), true),
            true,
            0,
            0,
            List.of(),
            new ShardingPlan.Tuning(0, 1, false, false));
    MemoryEstimate estimate =
        MemoryEstimate.of(
            model, plain, new MemoryEstimate.Storage(DType.BF16, OptimizerType.SGD), 1);

    assertThat(estimate.total()).isEqualTo(2_208_985_600L * 2 * 3);
  }

  @Test
  void tooLittleMemoryIsToldBeforeTheRun() {
    MemoryEstimate need =
        MemoryEstimate.of(
            declare("7b"),
            sharding(List.of()),
            new MemoryEstimate.Storage(DType.FP32, OptimizerType.ADAM),
            2);

    AvailableMemory.require(need, OptionalLong.of(2 * need.total()), 2);
    AvailableMemory.require(need, OptionalLong.empty(), 2);
    assertThatThrownBy(() -> AvailableMemory.require(need, OptionalLong.of(24L << 30), 2))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("Cannot train: a worker needs at least " + need)
        .hasMessageContaining("this host has 12.00 GiB for each of its 2 workers")
        .hasMessageContaining("--bf16")
        .hasMessageContaining("--optimizer sgd");
  }
}
