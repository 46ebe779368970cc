package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.fsdp.TrainingRun.Result;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** However a model is sharded and its exchanges are scheduled, it learns the same. */
@Tag("slow")
class SchedulePropertyTest {
  private static final double LIMIT = 1e-10;

  /** A way to train on several ranks. */
  record Layout(
      int ranks,
      int shardingSize,
      int wrapped,
      String ignored,
      boolean reshard,
      int microBatches,
      List<Prefetch> prefetches) {
    FsdpSettings settings(Prefetch prefetch) {
      return new FsdpSettings(MixedPrecisionPolicy.NONE, reshard, OptionalInt.of(shardingSize))
          .withPrefetch(prefetch)
          .withIgnored(ignored.isEmpty() ? List.of() : List.of(ignored));
    }

    /** Bits of the number choose among the modules; those inside ignored ones are left out. */
    List<String> modules() {
      List<String> all =
          List.of(
              "blocks.0", "blocks.0.up", "blocks.1", "blocks.1.down", "blocks.2", "head", "input");
      List<String> chosen = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        if ((wrapped >> i & 1) == 1 && !(all.get(i) + ".").startsWith(ignored + ".")) {
          chosen.add(all.get(i));
        }
      }
      return chosen;
    }
  }

  @Property(
      seed = "1",
      tries = 12,
      shrinking = ShrinkingMode.OFF,
      generation = net.jqwik.api.GenerationMode.RANDOMIZED)
  void everyLayoutEqualsPlainTrainingAndSchedulesAreBitIdentical(@ForAll("layouts") Layout layout) {
    TrainingRun run =
        TrainingRun.of(ScalarType.Double)
            .withSteps(4)
            .withClip(0.4)
            .withMicroBatches(layout.microBatches());
    Result plain = Ranks.run(1, group -> run.withMicroBatches(1).plain()).get(0);
    List<Result> first = List.of();
    for (Prefetch prefetch : layout.prefetches()) {
      List<Result> results =
          Ranks.run(
              layout.ranks(),
              group -> run.sharded(group, layout.modules(), layout.settings(prefetch)));
      for (Result result : results) {
        result
            .weights()
            .forEach(
                (name, values) ->
                    assertThat(Tensors.relativeDifference(values, plain.weights().get(name)))
                        .as("%s with %s", name, prefetch)
                        .isLessThan(LIMIT));
        for (int step = 0; step < run.steps(); step++) {
          assertThat(Math.abs(result.norms().get(step) / plain.norms().get(step) - 1))
              .isLessThan(LIMIT);
        }
      }
      if (!first.isEmpty()) {
        for (int rank = 0; rank < results.size(); rank++) {
          Result expected = first.get(rank);
          assertThat(results.get(rank).losses()).isEqualTo(expected.losses());
          assertThat(results.get(rank).norms()).isEqualTo(expected.norms());
          results
              .get(rank)
              .weights()
              .forEach(
                  (name, values) ->
                      assertThat(values).as(name).isEqualTo(expected.weights().get(name)));
        }
      }
      first = results;
    }
  }

  @Provide
  Arbitrary<Layout> layouts() {
    Arbitrary<int[]> meshes =
        Arbitraries.of(
            List.of(
                new int[] {1, 1},
                new int[] {2, 1},
                new int[] {2, 2},
                new int[] {3, 1},
                new int[] {3, 3},
                new int[] {4, 2},
                new int[] {4, 4}));
    Arbitrary<Prefetch> prefetch =
        Combinators.combine(
                Arbitraries.integers().between(0, 3), Arbitraries.integers().between(0, 3))
            .as(Prefetch::new);
    return Combinators.combine(
            meshes,
            Arbitraries.integers().between(0, 127),
            Arbitraries.of("", "", "blocks.1", "head", "blocks.2.up"),
            Arbitraries.of(true, false),
            Arbitraries.of(1, 1, 3),
            prefetch.list().ofSize(3))
        .as(
            (mesh, wrapped, ignored, reshard, microBatches, prefetches) ->
                new Layout(
                    mesh[0],
                    mesh[1],
                    wrapped,
                    ignored,
                    reshard,
                    mesh[0] == 1 || mesh[0] == 2 || mesh[0] == 4 ? microBatches : 1,
                    prefetches));
  }
}
