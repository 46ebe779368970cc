package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.fsdp.TrainingRun.Result;
import io.sparkmm.train.testing.RankProcess;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Ranks.Outcome;
import io.sparkmm.train.testing.Tensors;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Trains in several processes over their backend, and in the threads of one over Gloo. Runs in
 * {@link RankProcess} only, so it has no name by which it would be found.
 */
class BackendAgreement {
  /** What is trained and on how many ranks. */
  record Case(String name, int size, TrainingRun run, FsdpSettings settings) {
    @Override
    public String toString() {
      return name + " on " + size;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(2, 4)
        .flatMap(
            size ->
                Stream.of(
                    plain(size, "sharded", ScalarType.Float, FsdpSettings.DEFAULTS),
                    plain(size, "wide", ScalarType.Double, FsdpSettings.DEFAULTS),
                    plain(
                        size,
                        "kept",
                        ScalarType.Float,
                        new FsdpSettings(MixedPrecisionPolicy.NONE, false, OptionalInt.empty())),
                    plain(
                        size,
                        "mesh",
                        ScalarType.Float,
                        new FsdpSettings(MixedPrecisionPolicy.NONE, true, OptionalInt.of(2))),
                    plain(
                        size,
                        "replicated",
                        ScalarType.Float,
                        new FsdpSettings(MixedPrecisionPolicy.NONE, true, OptionalInt.of(1))),
                    plain(size, "bf16, sums in fp32", ScalarType.Float, mixed(ScalarType.Float)),
                    plain(size, "bf16", ScalarType.Float, mixed(ScalarType.BFloat16)),
                    plain(size, "fp16 sums", ScalarType.Float, mixed(ScalarType.Half)),
                    plain(
                        size,
                        "prefetch",
                        ScalarType.Float,
                        FsdpSettings.DEFAULTS.withPrefetch(new Prefetch(2, 2)))));
  }

  /**
   * With two ranks a sum has one order, so every bit is the same. With more, gradients are added in
   * rank order by both; sums over all ranks, as of norms and over replicas, are not.
   */
  @ParameterizedTest
  @MethodSource("cases")
  void givesWhatGlooGives(Case example) {
    List<Result> found =
        Ranks.run(example.size(), group -> example.run().sharded(group, example.settings()));
    if (RankProcess.current().map(RankProcess::rank).orElse(0) != 0) {
      return;
    }
    List<Outcome<Result>> expected =
        Ranks.threadOutcomes(
            example.size(),
            Duration.ofSeconds(60),
            group -> example.run().sharded(group, example.settings()));
    boolean sameBits = true;
    double apart = 0.0;
    for (int rank = 0; rank < example.size(); rank++) {
      Result one = found.get(rank);
      Result other = expected.get(rank).value();
      sameBits &= one.losses().equals(other.losses()) && one.norms().equals(other.norms());
      apart = Math.max(apart, apart(one.firstGradients(), other.firstGradients()));
      apart = Math.max(apart, apart(one.weights(), other.weights()));
    }
    sameBits &= apart == 0.0;
    System.out.printf(
        "AGREEMENT %s: %s, %.3g apart%n", example, sameBits ? "same bits" : "close", apart);
    if (example.size() == 2) {
      assertThat(sameBits).as("same bits, %s apart", apart).isTrue();
    }
    boolean narrow = example.name().contains("16");
    assertThat(apart)
        .isLessThan(narrow ? 2e-2 : example.run().type() == ScalarType.Double ? 1e-12 : 1e-5);
  }

  @Test
  void isConnectedByTheBackendOfTheProcesses() {
    assertThat(Ranks.run(2, group -> group.backend())).containsExactly("hccl", "hccl");
  }

  private static Case plain(int size, String name, ScalarType type, FsdpSettings settings) {
    // Twelve samples go evenly to four ranks and one micro-batch, with two to two.
    TrainingRun run =
        TrainingRun.of(type).withSteps(6).withClip(0.3).withMicroBatches(size == 2 ? 2 : 1);
    return new Case(name, size, run, settings);
  }

  private static FsdpSettings mixed(ScalarType reduce) {
    return new FsdpSettings(
        new MixedPrecisionPolicy(
            Optional.of(ScalarType.BFloat16),
            Optional.of(reduce),
            Optional.of(ScalarType.Float),
            true),
        true,
        OptionalInt.empty());
  }

  private static double apart(Map<String, double[]> one, Map<String, double[]> other) {
    assertThat(one.keySet()).isEqualTo(other.keySet());
    return one.keySet().stream()
        .mapToDouble(name -> Tensors.relativeDifference(one.get(name), other.get(name)))
        .max()
        .orElse(0.0);
  }
}
