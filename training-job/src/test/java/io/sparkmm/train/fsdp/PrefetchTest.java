package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.RecordingCollectives;
import io.sparkmm.train.testing.ResidualNet;
import io.sparkmm.train.testing.Tensors;
import io.sparkmm.train.torch.GradientHooks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exchanges that are under way while ranks compute. */
class PrefetchTest {
  private static final ScalarType TYPE = ScalarType.Float;
  private static final List<String> BLOCKS = List.of("blocks.0", "blocks.1", "head");
  // Flat shards on two ranks: three parameters of 4 or 21 elements each take 32 or 64 (block); see
  // ShardedParameter. Root: 16 and 4 elements.
  private static final String ROOT = "gather of 96";
  private static final String BLOCK = "gather of 192";
  private static final String HEAD = "gather of 96";

  @Test
  void forwardStartsTheGathersOfFollowingModulesBeforeAModuleComputes() {
    assertThat(forwardEvents(new Prefetch(0, 1)))
        .containsExactly(
            "start " + ROOT,
            "await " + ROOT,
            "start " + BLOCK,
            "await " + BLOCK,
            "compute blocks.0",
            "start " + BLOCK,
            "await " + BLOCK,
            "compute blocks.1",
            "start " + HEAD,
            "await " + HEAD,
            "compute head");
    assertThat(forwardEvents(new Prefetch(2, 1)))
        .containsExactly(
            "start " + ROOT,
            "await " + ROOT,
            "start " + BLOCK,
            "await " + BLOCK,
            "start " + BLOCK,
            "start " + HEAD,
            "compute blocks.0",
            "await " + BLOCK,
            "compute blocks.1",
            "await " + HEAD,
            "compute head");
  }

  @Test
  void backwardGathersAheadAndAwaitsGradientsLate() {
    for (int backward : new int[] {0, 1}) {
      List<String> events = backwardEvents(new Prefetch(0, backward));

      // Block 0 is gathered before block 1 computes, and the average of block 1's gradients is
      // awaited only when the gather after it would be, or at the end.
      int started = events.indexOf("start reduce to 192");
      int awaited = events.indexOf("await reduce to 192");
      int computed = events.indexOf("gradient of blocks.0");
      assertThat(started).isPositive().isLessThan(computed);
      assertThat(awaited).isGreaterThan(computed);
      assertThat(events.subList(0, started)).filteredOn(("start " + BLOCK)::equals).hasSize(2);
    }
  }

  @Test
  void moduleThatDoesNotRunIsGivenBack() {
    Ranks.run(
        2,
        group -> {
          ResidualNet net = new ResidualNet(2, TYPE);
          net.skipBlock(1);
          ResidualNet plain = new ResidualNet(2, TYPE);
          plain.skipBlock(1);
          try (ParallelModel model = shard(net, group, new Prefetch(2, 2));
              TensorScope scope = TensorScope.open();
              NoGradGuard guard = new NoGradGuard()) {
            Tensor rows = ResidualNet.samples(0, 3, TYPE);
            for (int pass = 0; pass < 3; pass++) {
              assertThat(Tensors.values(net.forward(rows)))
                  .isEqualTo(Tensors.values(plain.forward(rows)));
              assertThatThrownBy(() -> net.namedParameters().get("blocks.1.scale").value())
                  .isInstanceOf(FsdpException.class)
                  .hasMessageContaining("Cannot use parameter blocks.1.scale: it is spread over");
            }
          }
          return null;
        });
  }

  @ParameterizedTest
  @CsvSource({"0,0", "0,1", "1,1", "3,3", "0,2"})
  void rankThatLeavesTheSequenceFailsAllRanksAtOnce(int forward, int backward) {
    for (boolean skipsBlock : new boolean[] {true, false}) {
      List<Ranks.Outcome<Void>> outcomes =
          Ranks.outcomes(
              3,
              Duration.ofSeconds(100),
              group -> {
                ResidualNet net = new ResidualNet(3, TYPE);
                List<String> modules = List.of("blocks.0", "blocks.1", "blocks.2");
                FsdpSettings settings =
                    FsdpSettings.DEFAULTS.withPrefetch(new Prefetch(forward, backward));
                try (ParallelModel model = FullyShard.apply(net, modules, group, settings)) {
                  for (int pass = 0; pass < 3; pass++) {
                    step(net, model);
                  }
                  if (group.rank() == 1 && skipsBlock) {
                    net.skipBlock(0);
                  } else if (group.rank() == 1) {
                    net.skipLastBranch();
                  }
                  step(net, model);
                }
                return null;
              });

      assertThat(outcomes)
          .allSatisfy(
              outcome ->
                  assertThat(outcome.thrown())
                      .isInstanceOf(CollectiveException.class)
                      .hasMessageContaining("the ranks do different things")
                      .hasMessageContaining("rank 1: "));
      if (!skipsBlock) {
        assertThat(outcomes.get(0).thrown()).hasMessageContaining("blocks.2.up.weight");
      }
    }
  }

  @Test
  void waitingTimeIsCountedOnceAndTaken() {
    Ranks.run(
        2,
        group -> {
          ResidualNet net = new ResidualNet(2, TYPE);
          try (ParallelModel model = shard(net, group, Prefetch.DEFAULT)) {
            step(net, model);
            CommunicationTime time = model.takeCommunicationTime();
            assertThat(time.gatherNanos()).isPositive();
            assertThat(time.reduceNanos()).isPositive();
            assertThat(model.takeCommunicationTime()).isEqualTo(CommunicationTime.NONE);
          }
          return null;
        });
  }

  private static List<String> forwardEvents(Prefetch prefetch) {
    return Ranks.run(
            2,
            group -> {
              List<String> log = new ArrayList<>();
              ResidualNet net = new ResidualNet(2, TYPE);
              try (ParallelModel model =
                      shard(net, new RecordingCollectives(group, log), prefetch);
                  TensorScope scope = TensorScope.open();
                  NoGradGuard guard = new NoGradGuard()) {
                for (String path : BLOCKS) {
                  net.find(path)
                      .orElseThrow()
                      .intercept(
                          (module, inputs, next) -> {
                            log.add("compute " + path);
                            return next.apply(inputs);
                          });
                }
                net.forward(ResidualNet.samples(0, 2, TYPE));
              }
              return log;
            })
        .get(0);
  }

  private static List<String> backwardEvents(Prefetch prefetch) {
    return Ranks.run(
            2,
            group -> {
              List<String> log = new ArrayList<>();
              ResidualNet net = new ResidualNet(2, TYPE);
              List<org.bytedeco.javacpp.Pointer> hooks = new ArrayList<>();
              try (ParallelModel model =
                      shard(net, new RecordingCollectives(group, log), prefetch);
                  TensorScope scope = TensorScope.open()) {
                net.find("blocks.0")
                    .orElseThrow()
                    .intercept(
                        (module, inputs, next) -> {
                          hooks.add(
                              GradientHooks.whenGradient(
                                  inputs[0], () -> log.add("gradient of blocks.0")));
                          return next.apply(inputs);
                        });
                Tensor predictions = net.forward(ResidualNet.samples(0, 2, TYPE));
                log.clear();
                model.backward(ResidualNet.loss(predictions, ResidualNet.targets(0, 2, TYPE)));
                hooks.forEach(org.bytedeco.javacpp.Pointer::releaseReference);
              }
              return log;
            })
        .get(0);
  }

  private static void step(ResidualNet net, ParallelModel model) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor predictions = net.forward(ResidualNet.samples(0, 4, TYPE));
      model.backward(ResidualNet.loss(predictions, ResidualNet.targets(0, 4, TYPE)));
    }
  }

  private static ParallelModel shard(ResidualNet net, Collectives group, Prefetch prefetch) {
    return FullyShard.apply(net, BLOCKS, group, FsdpSettings.DEFAULTS.withPrefetch(prefetch));
  }
}
