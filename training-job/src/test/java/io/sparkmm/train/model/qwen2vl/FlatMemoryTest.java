package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.fsdp.Prefetch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamW;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.recompute.Recompute;
import io.sparkmm.train.testing.LiveMemory;
import io.sparkmm.train.testing.Ranks;
import java.time.Duration;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thousand steps on two ranks need no more memory than some hundreds do. */
@Tag("slow")
class FlatMemoryTest {
  private static final int STEPS = 1200;
  private static final int WARM_UP = 300;

  /** The smallest tensor of a layer, [tokens, width], lost once per step would make 7 MiB. */
  private static final long LIVE_LIMIT = 3L << 20;

  /** Tells losses that do not go through the C library's counters. */
  private static final long RESIDENT_LIMIT = 32L << 20;

  private static final Duration WAIT = Duration.ofSeconds(60);

  private record Memory(long live, long handles, long resident) {}

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nativeMemoryIsFlat(boolean recomputeAndPrefetch) {
    ParityModel model = new ParityModel(Golden.read("fsdp/plain.json").json());

    List<List<Memory>> ranks = Ranks.run(2, group -> train(model, group, recomputeAndPrefetch));

    Memory before = ranks.get(0).get(0);
    Memory after = ranks.get(0).get(1);
    assertThat(after.live() - before.live()).as("live native memory").isLessThan(LIVE_LIMIT);
    assertThat(after.handles() - before.handles()).as("handles").isLessThan(64L << 10);
    assertThat(after.resident() - before.resident()).as("resident").isLessThan(RESIDENT_LIMIT);
  }

  private static List<Memory> train(ParityModel model, Collectives group, boolean more) {
    Qwen2VlModel net = model.net(ScalarType.Float);
    FsdpSettings settings = FsdpSettings.DEFAULTS;
    if (more) {
      Recompute.apply(net, List.of("visual.blocks.1", "model.layers.0"), Recompute.Form.REENTRANT);
      settings = settings.withPrefetch(new Prefetch(2, 2));
    }
    Memory warm = null;
    GradientClipper clipper = new GradientClipper(1.0);
    try (ParallelModel parallel = FullyShard.apply(net, model.groups(), group, settings);
        AdamW optimizer =
            new AdamW(
                ParameterGroups.of(parallel.parameters(), ParameterRule.excluding(List.of())),
                new AdamWSettings(0.9, 0.999, 1e-8, 0.1))) {
      for (int step = 1; step <= STEPS; step++) {
        parallel.clearGradients();
        try (TensorScope scope = TensorScope.open()) {
          // The same batches in turn: sizes must not make the difference.
          int number = (2 * step + group.rank()) % 6;
          Tensor loss = CausalLmLoss.mean(model.microBatch(number, ScalarType.Float).forward(net));
          parallel.backward(loss);
        }
        clipper.clip(parallel.parameters(), parallel::countsInNorm, parallel.shardGroup());
        optimizer.step(1e-4);
        if (step == WARM_UP) {
          warm = memory(group);
        }
      }
      return List.of(warm, memory(group));
    } finally {
      net.namedParameters().values().forEach(Parameter::clearData);
    }
  }

  private static Memory memory(Collectives group) {
    group.barrier(WAIT);
    LiveMemory.collect();
    Memory found =
        new Memory(
            LiveMemory.bytes(), Pointer.totalBytes(), LiveMemory.residentOutsideOfJavaHeap());
    group.barrier(WAIT);
    return found;
  }
}
