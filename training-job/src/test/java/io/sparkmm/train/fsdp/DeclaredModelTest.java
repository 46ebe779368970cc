package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.ResidualNet;
import io.sparkmm.train.testing.Tensors;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Models that have no weights yet when they are sharded. */
class DeclaredModelTest {
  private static final List<String> BLOCKS = List.of("blocks.0", "blocks.1");
  private static final ScalarType TYPE = ScalarType.Double;

  @Test
  void rowsThatAreLoadedAfterShardingTrainAsWeightsThatWereThereBefore() {
    for (int shardingSize : new int[] {1, 3}) {
      Ranks.run(
          3,
          group -> {
            ResidualNet before = new ResidualNet(2, TYPE);
            ResidualNet after = declared();
            try (ParallelModel whole = FullyShard.apply(before, BLOCKS, group, over(shardingSize));
                ParallelModel model = shard(after, group, shardingSize)) {
              StateAccess state = model.state();
              for (String name : state.names()) {
                try (TensorScope scope = TensorScope.open()) {
                  assertThat(state.rows(name).parameter().name()).isEqualTo(name);
                  state.loadRows(name, before.namedParameters().get(name).data());
                }
              }
              state.complete();
              assertThat(gradients(after, model)).isEqualTo(gradients(before, whole));
            }
            return null;
          });
    }
  }

  @Test
  void eachRankAllocatesItsRowsOnly() {
    List<long[]> held =
        Ranks.run(
            3,
            group -> {
              ResidualNet net = declared();
              try (ParallelModel model = shard(net, group, 3)) {
                ShardRows rows = model.state().rows("input.weight");
                assertThat(rows.shape()).isEqualTo(rows.parameter().data().sizes().vec().get());
                return new long[] {rows.first(), rows.count(), rows.parameter().data().numel()};
              }
            });

    assertThat(held)
        .containsExactly(new long[] {0, 3, 12}, new long[] {3, 3, 12}, new long[] {6, 1, 4});
  }

  @Test
  void wholeValuesMayBeLoadedInstead() {
    Ranks.run(
        2,
        group -> {
          ResidualNet values = new ResidualNet(2, ScalarType.Float);
          ResidualNet net = declared();
          try (ParallelModel model = shard(net, group, 2);
              TensorScope scope = TensorScope.open()) {
            values
                .namedParameters()
                .forEach((name, parameter) -> model.state().load(name, parameter.data()));
            model.state().complete();
            Tensor gathered = model.state().gather("head.weight");
            assertThat(gathered.scalar_type().intern()).isEqualTo(TYPE);
            assertThat(Tensors.values(gathered))
                .isEqualTo(Tensors.values(values.namedParameters().get("head.weight").data()));
          }
          return null;
        });
  }

  @Test
  void modelWithoutValuesRefusesToRunAndSaysWhich() {
    Ranks.run(
        2,
        group -> {
          ResidualNet net = declared();
          try (ParallelModel model = shard(net, group, 2);
              TensorScope scope = TensorScope.open()) {
            for (String name : model.state().names()) {
              if (!name.startsWith("head")) {
                model.state().loadRows(name, net.namedParameters().get(name).data());
              }
            }
            assertThatThrownBy(() -> net.forward(ResidualNet.samples(0, 2, TYPE)))
                .isInstanceOf(FsdpException.class)
                .hasMessage(
                    "Cannot run model io.sparkmm.train.testing.ResidualNet: 2 of its parameters were"
                        + " only declared and never got values (head.weight, head.bias); initialise"
                        + " the model's weights or load all of them after sharding");
          }
          return null;
        });
  }

  @Test
  void rowsOfAnotherShapeAreRefused() {
    Ranks.run(
        1,
        group -> {
          ResidualNet net = declared();
          try (ParallelModel model = shard(net, group, 1);
              TensorScope scope = TensorScope.open()) {
            Tensor tensor = Tensors.of(TYPE, new double[6]).view(2, 3);
            assertThatThrownBy(() -> model.state().loadRows("input.weight", tensor))
                .hasMessage(
                    "Cannot load rows 0 to 7 of weight input.weight: shape is [2, 3], expected [7, 4]");
          }
          return null;
        });
  }

  @Test
  void replicasWithDifferentValuesAreRefusedOnAllRanks() {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            4,
            Duration.ofSeconds(60),
            group -> {
              ResidualNet values = new ResidualNet(2, TYPE);
              if (group.rank() == 3) {
                values.namedParameters().get("blocks.1.scale").data().detach().neg_();
              }
              try (ParallelModel model = shard(declared(), group, 2)) {
                values
                    .namedParameters()
                    .forEach((name, parameter) -> model.state().load(name, parameter.data()));
                model.state().complete();
              }
              return null;
            });

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining(
                        "ranks 1 and 3 hold the same rows of blocks.1 with different values"));
  }

  @Test
  void declaredModelNeedsTheOtherWayOfSharding() {
    Ranks.run(
        1,
        group -> {
          assertThatThrownBy(() -> FullyShard.apply(declared(), BLOCKS, group, over(1)))
              .isInstanceOf(FsdpException.class)
              .hasMessage(
                  "Cannot shard parameter blocks.0.scale: it has no storage yet; initialise or load"
                      + " the model first");
          return null;
        });
  }

  private static ResidualNet declared() {
    ResidualNet net = new ResidualNet(2, TYPE);
    net.namedParameters().values().forEach(parameter -> parameter.clearData());
    return net;
  }

  private static ParallelModel shard(ResidualNet net, Collectives group, int shardingSize) {
    return FullyShard.applyDeclared(net, BLOCKS, group, over(shardingSize), TYPE);
  }

  private static FsdpSettings over(int shardingSize) {
    return new FsdpSettings(MixedPrecisionPolicy.NONE, true, OptionalInt.of(shardingSize));
  }

  private static Map<String, List<Double>> gradients(ResidualNet net, ParallelModel model) {
    Map<String, List<Double>> found = new LinkedHashMap<>();
    try (TensorScope scope = TensorScope.open()) {
      Tensor predictions = net.forward(ResidualNet.samples(0, 4, TYPE));
      model.backward(ResidualNet.loss(predictions, ResidualNet.targets(0, 4, TYPE)));
      net.namedParameters()
          .forEach(
              (name, parameter) ->
                  found.put(
                      name,
                      java.util.Arrays.stream(Tensors.values(parameter.grad().orElseThrow()))
                          .boxed()
                          .toList()));
    }
    return found;
  }
}
