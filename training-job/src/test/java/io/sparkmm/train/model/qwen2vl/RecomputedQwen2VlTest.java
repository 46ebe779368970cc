package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.MixedPrecisionPolicy;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.fsdp.UnshardedModel;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ChunkSize;
import io.sparkmm.train.model.ChunkedLoss;
import io.sparkmm.train.model.LossWeights;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.recompute.Recompute;
import io.sparkmm.train.recompute.Recompute.Form;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/**
 * The tiny model with recomputation has the losses and gradients of the one without, bit by bit.
 */
class RecomputedQwen2VlTest {
  private static final List<String> GROUPS =
      List.of(
          "visual.blocks.0",
          "visual.blocks.1",
          "visual.merger",
          "model.layers.0",
          "model.layers.1",
          "lm_head");

  private static final List<String> VISION = List.of("visual.blocks.0", "visual.blocks.1");
  private static final List<String> LAYERS = List.of("model.layers.0", "model.layers.1");
  private static final List<String> MERGER = List.of("visual.merger");
  private static final List<String> TOWERS = List.of("visual", "model");

  /** What is frozen. */
  private enum Frozen {
    NOTHING,
    TOWER,
    TOWER_AND_MERGER,
    PATCH_EMBED;

    boolean contains(String name) {
      return switch (this) {
        case NOTHING -> false;
        case TOWER -> name.startsWith("visual.") && !name.startsWith("visual.merger.");
        case TOWER_AND_MERGER -> name.startsWith("visual.");
        case PATCH_EMBED -> name.startsWith("visual.patch_embed.");
      };
    }
  }

  /** How a micro-batch becomes a loss. */
  private static Tensor loss(Qwen2VlModel model, Batch batch, boolean chunked) {
    if (!chunked) {
      return CausalLmLoss.mean(model.forward(batch));
    }
    ModelOutput output =
        model.forward(batch, new ChunkedLoss(LossWeights.mean(), ChunkSize.fixed(1)));
    return CausalLmLoss.of(output, LossWeights.mean());
  }

  private record Found(List<Double> losses, Map<String, double[]> gradients, int gathers) {}

  private record Run(Frozen frozen, List<String> recomputed, Form form, boolean chunked) {
    static Run plain(Frozen frozen) {
      return new Run(frozen, List.of(), Form.REENTRANT, false);
    }

    /** Two micro-batches, the second one without a picture. */
    Found train(int rank, Function<Qwen2VlModel, ParallelModel> wrapping) {
      Qwen2VlModel net = TinyModels.model(ScalarType.Float);
      net.namedParameters()
          .forEach(
              (name, parameter) -> {
                if (frozen.contains(name)) {
                  parameter.freeze();
                }
              });
      Recompute.apply(net, recomputed, form);
      List<Double> losses = new ArrayList<>();
      Map<String, double[]> gradients = new LinkedHashMap<>();
      try (ParallelModel model = wrapping.apply(net);
          TensorScope outer = TensorScope.open()) {
        model.clearGradients();
        for (int index = 0; index < 2; index++) {
          try (TensorScope scope = TensorScope.open()) {
            Batch batch =
                Batch.of(microBatch(2 * rank + index), TinyModels.cpu(), ScalarType.Float);
            Tensor loss = loss(net, batch, chunked);
            System.gc();
            losses.add(loss.item_double());
            model.backward(loss);
          }
        }
        for (Parameter parameter : model.parameters()) {
          parameter.grad().ifPresent(g -> gradients.put(parameter.name(), Tensors.values(g)));
        }
      }
      return new Found(losses, gradients, 0);
    }

    Found alone() {
      return train(0, UnshardedModel::new);
    }

    List<Found> sharded(int size, List<String> groups, boolean reshard) {
      FsdpSettings settings =
          new FsdpSettings(MixedPrecisionPolicy.NONE, reshard, OptionalInt.empty());
      return Ranks.run(
          size,
          group -> {
            AtomicInteger gathers = new AtomicInteger();
            Collectives counted = counting(group, gathers);
            Found found =
                train(group.rank(), net -> FullyShard.apply(net, groups, counted, settings));
            return new Found(found.losses(), found.gradients(), gathers.get());
          });
    }
  }

  private static Collectives counting(Collectives group, AtomicInteger gathers) {
    return (Collectives)
        Proxy.newProxyInstance(
            Collectives.class.getClassLoader(),
            new Class<?>[] {Collectives.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("allGather")) {
                gathers.incrementAndGet();
              }
              try {
                return method.invoke(group, arguments);
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              }
            });
  }

  private static HostBatch microBatch(int index) {
    String words = (20 + index) + " " + (40 + 2 * index) + " " + (9 + index);
    if (index % 2 == 1) {
      return TinyModels.host(List.of(), "5 " + words, "7 " + words + " 31 8");
    }
    // Padding on the left takes the way through attention that differs with and without recording.
    return TinyModels.host(
        List.of(new int[] {1, 4, 4}, new int[] {1, 2, 4}),
        true,
        "5 150 151x4 153 " + words,
        "7 150 151x2 153 " + words + " 33");
  }

  private static void assertSame(String what, Found actual, Found expected) {
    assertThat(actual.losses()).as(what).isEqualTo(expected.losses());
    assertThat(actual.gradients().keySet()).as(what).isEqualTo(expected.gradients().keySet());
    expected
        .gradients()
        .forEach(
            (name, values) ->
                assertThat(actual.gradients().get(name)).as(what + ": " + name).isEqualTo(values));
  }

  private static List<String> join(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  @Test
  void allPatternsGiveTheSameBitsInTheNonReentrantForm() {
    for (Frozen frozen : Frozen.values()) {
      Found expected = Run.plain(frozen).alone();
      for (List<String> modules :
          List.of(VISION, MERGER, LAYERS, TOWERS, join(TOWERS, join(VISION, LAYERS)))) {
        Found found = new Run(frozen, modules, Form.NON_REENTRANT, false).alone();
        assertSame(frozen + " frozen, recomputed " + modules, found, expected);
      }
    }
  }

  @Test
  void reentrantFormGivesTheSameBitsWhereAnInputRequiresAGradient() {
    for (Frozen frozen : Frozen.values()) {
      Found expected = Run.plain(frozen).alone();
      assertSame(
          frozen + " frozen", new Run(frozen, LAYERS, Form.REENTRANT, false).alone(), expected);
    }
    Found expected = Run.plain(Frozen.NOTHING).alone();
    List<String> all = join(join(VISION, MERGER), LAYERS);
    assertSame("all", new Run(Frozen.NOTHING, all, Form.REENTRANT, false).alone(), expected);
  }

  @Test
  void reentrantFormLosesTheGradientsOfModulesAboveFrozenOnes() {
    Found blocks = new Run(Frozen.PATCH_EMBED, join(VISION, MERGER), Form.REENTRANT, false).alone();
    assertThat(blocks.gradients().keySet()).noneMatch(name -> name.startsWith("visual."));
    assertThat(blocks.gradients()).containsKey("model.layers.0.mlp.up_proj.weight");

    Found tower = new Run(Frozen.TOWER, MERGER, Form.REENTRANT, false).alone();
    assertThat(tower.gradients().keySet()).noneMatch(name -> name.startsWith("visual."));

    Found blocksOnly = new Run(Frozen.TOWER, VISION, Form.REENTRANT, false).alone();
    assertSame("merger as it is", blocksOnly, Run.plain(Frozen.TOWER).alone());

    // A picture is no input that requires a gradient.
    Found towers = new Run(Frozen.NOTHING, List.of("visual"), Form.REENTRANT, false).alone();
    assertThat(towers.gradients().keySet()).noneMatch(name -> name.startsWith("visual."));
  }

  @Test
  void shardedOverTwoRanksGivesTheSameBitsWithAsManyGathers() {
    List<String> all = join(join(VISION, MERGER), LAYERS);
    for (Frozen frozen : List.of(Frozen.NOTHING, Frozen.TOWER)) {
      for (boolean reshard : new boolean[] {true, false}) {
        List<Found> expected = Run.plain(frozen).sharded(2, GROUPS, reshard);
        for (Form form : Form.values()) {
          List<String> modules =
              frozen == Frozen.NOTHING || form == Form.NON_REENTRANT ? all : LAYERS;
          List<Found> found = new Run(frozen, modules, form, false).sharded(2, GROUPS, reshard);
          for (int rank = 0; rank < 2; rank++) {
            String what = frozen + " frozen, reshard " + reshard + ", " + form + ", rank " + rank;
            assertSame(what, found.get(rank), expected.get(rank));
            assertThat(found.get(rank).gathers()).as(what).isEqualTo(expected.get(rank).gathers());
          }
        }
      }
    }
  }

  @Test
  void recomputedTowersOfShardedModulesGiveTheSameBits() {
    List<Found> expected = Run.plain(Frozen.NOTHING).sharded(2, GROUPS, true);
    List<Found> found =
        new Run(Frozen.NOTHING, join(TOWERS, LAYERS), Form.NON_REENTRANT, false)
            .sharded(2, GROUPS, true);
    for (int rank = 0; rank < 2; rank++) {
      assertSame("rank " + rank, found.get(rank), expected.get(rank));
    }
  }

  @Test
  void chunkedLossInAShardedHeadEqualsTheLossOfAllLogits() {
    List<Found> expected = Run.plain(Frozen.NOTHING).sharded(2, GROUPS, true);
    for (List<String> groups : List.of(GROUPS, LAYERS)) {
      List<Found> found =
          new Run(Frozen.NOTHING, LAYERS, Form.REENTRANT, true).sharded(2, groups, true);
      for (int rank = 0; rank < 2; rank++) {
        Map<String, double[]> gradients = expected.get(rank).gradients();
        found
            .get(rank)
            .gradients()
            .forEach(
                (name, values) ->
                    assertThat(Tensors.relativeDifference(values, gradients.get(name)))
                        .as(name)
                        .isLessThan(
                            name.endsWith("k_proj.bias") || name.endsWith("qkv.bias")
                                ? 1e-3
                                : 1e-5));
        assertThat(found.get(rank).gradients().keySet()).isEqualTo(gradients.keySet());
      }
    }
  }
}
