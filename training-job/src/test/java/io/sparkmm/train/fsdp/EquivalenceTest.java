package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.fsdp.TrainingRun.Result;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sharded training gives what plain training gives. */
@Tag("slow")
class EquivalenceTest {
  private static final FsdpSettings KEEP =
      new FsdpSettings(MixedPrecisionPolicy.NONE, false, OptionalInt.empty());

  /** Sharding and training that are compared with plain training. */
  record Case(String name, TrainingRun run, FsdpSettings settings) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> variants() {
    return Stream.of(ScalarType.Float, ScalarType.Double)
        .flatMap(
            type ->
                Stream.of(
                    new Case(type + " reshard", TrainingRun.of(type), FsdpSettings.DEFAULTS),
                    new Case(type + " keep", TrainingRun.of(type), KEEP),
                    new Case(
                        type + " accumulate",
                        TrainingRun.of(type).withMicroBatches(2),
                        FsdpSettings.DEFAULTS),
                    new Case(
                        type + " clip",
                        TrainingRun.of(type).withClip(0.3).withMicroBatches(2),
                        FsdpSettings.DEFAULTS),
                    new Case(
                        type + " frozen layer",
                        TrainingRun.of(type).withFrozen("up.weight"),
                        FsdpSettings.DEFAULTS),
                    new Case(
                        type + " frozen block",
                        TrainingRun.of(type).withFrozen("blocks.1."),
                        FsdpSettings.DEFAULTS),
                    new Case(
                        type + " frozen bottom",
                        TrainingRun.of(type).withFrozen("input.").withFrozen("blocks.0."),
                        FsdpSettings.DEFAULTS)));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void oneWorkerEqualsPlainTrainingBitForBit(Case example) {
    Result plain = Ranks.run(1, group -> example.run().plain()).get(0);
    Result sharded = Ranks.run(1, group -> example.run().sharded(group, example.settings())).get(0);

    assertThat(sharded.losses()).isEqualTo(plain.losses());
    assertThat(sharded.norms()).isEqualTo(plain.norms());
    assertSame(sharded.firstGradients(), plain.firstGradients());
    assertSame(sharded.weights(), plain.weights());
  }

  @ParameterizedTest
  @MethodSource("variants")
  void moreWorkersEqualPlainTraining(Case example) {
    boolean wide = example.run().type() == ScalarType.Double;
    Result plain = Ranks.run(1, group -> example.run().withMicroBatches(1).plain()).get(0);
    for (int size : List.of(2, 3)) {
      List<Result> ranks =
          Ranks.run(size, group -> example.run().sharded(group, example.settings()));
      assertThat(ranks.get(0).norms()).isEqualTo(ranks.get(1).norms());
      double gradientLimit = wide ? 1e-12 : 1e-6;
      Map<String, double[]> gradients = join(ranks, Result::firstGradients);
      assertThat(gradients.keySet()).isEqualTo(plain.firstGradients().keySet());
      gradients.forEach(
          (name, values) ->
              assertThat(Tensors.relativeDifference(values, plain.firstGradients().get(name)))
                  .as("first gradient of %s on %d ranks", name, size)
                  .isLessThan(gradientLimit));
      for (Result rank : ranks) {
        assertClose(rank.weights(), plain.weights(), wide ? 1e-10 : 2e-4);
      }
      for (int step = 0; step < plain.losses().size(); step++) {
        int at = step;
        double mean =
            ranks.stream().mapToDouble(rank -> rank.losses().get(at)).average().orElseThrow();
        assertThat(Math.abs(mean - plain.losses().get(at)))
            .isLessThan((wide ? 1e-11 : 1e-4) * Math.max(1.0, plain.losses().get(at)));
      }
    }
  }

  @Test
  void twoRunsGiveTheSameBits() {
    TrainingRun run = TrainingRun.of(ScalarType.Float).withMicroBatches(2).withClip(0.5);
    List<Result> first = Ranks.run(2, group -> run.sharded(group, FsdpSettings.DEFAULTS));
    List<Result> second = Ranks.run(2, group -> run.sharded(group, FsdpSettings.DEFAULTS));

    for (int rank = 0; rank < 2; rank++) {
      assertThat(second.get(rank).losses()).isEqualTo(first.get(rank).losses());
      assertThat(second.get(rank).norms()).isEqualTo(first.get(rank).norms());
      assertSame(second.get(rank).weights(), first.get(rank).weights());
    }
  }

  @Test
  void replicatedShardsEqualPlainTraining() {
    TrainingRun run = TrainingRun.of(ScalarType.Double).withClip(0.3);
    Result plain = Ranks.run(1, group -> run.plain()).get(0);
    for (int[] mesh : new int[][] {{2, 1}, {4, 2}, {4, 4}}) {
      FsdpSettings settings =
          new FsdpSettings(MixedPrecisionPolicy.NONE, true, OptionalInt.of(mesh[1]));
      for (Result rank : Ranks.run(mesh[0], group -> run.sharded(group, settings))) {
        assertClose(rank.weights(), plain.weights(), 1e-10);
      }
    }
  }

  @Test
  void bfloat16ComputationStaysNearPlainTraining() {
    TrainingRun run = TrainingRun.of(ScalarType.Float).withSteps(5);
    Result plain = Ranks.run(1, group -> run.plain()).get(0);
    FsdpSettings mixed =
        new FsdpSettings(
            new MixedPrecisionPolicy(
                Optional.of(ScalarType.BFloat16),
                Optional.of(ScalarType.Float),
                Optional.of(ScalarType.Float),
                true),
            true,
            OptionalInt.empty());
    List<Result> one = Ranks.run(1, group -> run.sharded(group, mixed));
    List<Result> two = Ranks.run(2, group -> run.sharded(group, mixed));

    assertThat(one.get(0).losses().get(0))
        .isNotEqualTo(plain.losses().get(0))
        .isCloseTo(plain.losses().get(0), org.assertj.core.data.Offset.offset(0.02));
    assertThat((two.get(0).losses().get(0) + two.get(1).losses().get(0)) / 2)
        .isCloseTo(plain.losses().get(0), org.assertj.core.data.Offset.offset(0.02));
    assertClose(two.get(1).weights(), one.get(0).weights(), 0.06);
  }

  @Test
  void reductionInHalfPrecisionAveragesToo() {
    TrainingRun run = TrainingRun.of(ScalarType.Float).withSteps(1);
    Result plain = Ranks.run(1, group -> run.plain()).get(0);
    FsdpSettings half =
        new FsdpSettings(
            new MixedPrecisionPolicy(
                Optional.empty(), Optional.of(ScalarType.Half), Optional.empty(), true),
            true,
            OptionalInt.empty());

    Map<String, double[]> gradients =
        join(Ranks.run(3, group -> run.sharded(group, half)), Result::firstGradients);

    gradients.forEach(
        (name, values) ->
            assertThat(Tensors.relativeDifference(values, plain.firstGradients().get(name)))
                .as(name)
                .isLessThan(3e-3));
  }

  @Test
  void frozenParametersGetNeitherGradientNorUpdate() {
    TrainingRun run = TrainingRun.of(ScalarType.Float).withFrozen("blocks.1.").withSteps(3);
    Map<String, double[]> before =
        Ranks.run(2, group -> run.withSteps(0).sharded(group, FsdpSettings.DEFAULTS))
            .get(0)
            .weights();
    Result after = Ranks.run(2, group -> run.sharded(group, FsdpSettings.DEFAULTS)).get(0);

    after
        .weights()
        .forEach(
            (name, values) -> {
              if (name.startsWith("blocks.1.")) {
                assertThat(values).as(name).isEqualTo(before.get(name));
              } else {
                assertThat(values).as(name).isNotEqualTo(before.get(name));
              }
            });
    assertThat(after.gradientCount()).isEqualTo(14);
  }

  private static Map<String, double[]> join(
      List<Result> ranks, java.util.function.Function<Result, Map<String, double[]>> part) {
    Map<String, double[]> joined = new LinkedHashMap<>();
    for (String name : part.apply(ranks.get(0)).keySet()) {
      List<Double> values = new ArrayList<>();
      for (Result rank : ranks) {
        for (double value : part.apply(rank).get(name)) {
          values.add(value);
        }
      }
      joined.put(name, values.stream().mapToDouble(Double::doubleValue).toArray());
    }
    return joined;
  }

  private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
  }

  private static void assertClose(
      Map<String, double[]> actual, Map<String, double[]> expected, double limit) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach(
        (name, values) ->
            assertThat(Tensors.relativeDifference(values, expected.get(name)))
                .as(name)
                .isLessThan(limit));
  }
}
