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
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link FlatMemoryTest} runs in processes of its own. */
class FlatMemoryCases {
  private static final int WARM_UP = 150;
  private static final int SAMPLES = 11;
  private static final int STEPS_BETWEEN = 45;

  /**
   * The smallest tensor of a layer, [tokens, width], lost once per step would make 8 KiB a step.
   */
  private static final double LIVE_LIMIT = 3 << 10;

  /** Handles of lost tensors; each is far larger than this. */
  private static final double HANDLES_LIMIT = 64;

  /** Tells losses that do not go through the C library's counters. */
  private static final double RESIDENT_LIMIT = 32 << 10;

  private static final Duration WAIT = Duration.ofSeconds(60);

  private record Memory(long live, long handles, long resident) implements Serializable {}

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nativeMemoryIsFlat(boolean recomputeAndPrefetch) {
    ParityModel model = new ParityModel(Golden.read("fsdp/plain.json").json());

    for (List<Memory> samples : Ranks.run(2, group -> train(model, group, recomputeAndPrefetch))) {
      assertThat(growth(samples, Memory::live)).as("live, %s", samples).isLessThan(LIVE_LIMIT);
      assertThat(growth(samples, Memory::handles))
          .as("handles, %s", samples)
          .isLessThan(HANDLES_LIMIT);
      assertThat(growth(samples, Memory::resident))
          .as("resident, %s", samples)
          .isLessThan(RESIDENT_LIMIT);
    }
  }

  /**
   * Bytes a step: the median of what the intervals between samples give. A loss is in all of them;
   * what the compiler and the collector of the virtual machine take and give back is in some.
   */
  private static double growth(List<Memory> samples, ToLongFunction<Memory> part) {
    double[] intervals =
        IntStream.range(1, samples.size())
            .mapToLong(i -> part.applyAsLong(samples.get(i)) - part.applyAsLong(samples.get(i - 1)))
            .sorted()
            .mapToDouble(bytes -> (double) bytes / STEPS_BETWEEN)
            .toArray();
    int middle = intervals.length / 2;
    return (intervals[middle - 1] + intervals[middle]) / 2;
  }

  private static List<Memory> train(ParityModel model, Collectives group, boolean more) {
    Qwen2VlModel net = model.net(ScalarType.Float);
    FsdpSettings settings = FsdpSettings.DEFAULTS;
    if (more) {
      Recompute.apply(net, List.of("visual.blocks.1", "model.layers.0"), Recompute.Form.REENTRANT);
      settings = settings.withPrefetch(new Prefetch(2, 2));
    }
    List<Memory> samples = new ArrayList<>();
    GradientClipper clipper = new GradientClipper(1.0);
    try (ParallelModel parallel = FullyShard.apply(net, model.groups(), group, settings);
        AdamW optimizer =
            new AdamW(
                ParameterGroups.of(parallel.parameters(), ParameterRule.excluding(List.of())),
                new AdamWSettings(0.9, 0.999, 1e-8, 0.1))) {
      for (int step = 1; samples.size() < SAMPLES; step++) {
        parallel.clearGradients();
        try (TensorScope scope = TensorScope.open()) {
          // The same batches in turn: sizes must not make the difference.
          int number = (2 * step + group.rank()) % 6;
          Tensor loss = CausalLmLoss.mean(model.microBatch(number, ScalarType.Float).forward(net));
          parallel.backward(loss);
        }
        clipper.clip(parallel.parameters(), parallel::countsInNorm, parallel.shardGroup());
        optimizer.step(1e-4);
        if (step >= WARM_UP && (step - WARM_UP) % STEPS_BETWEEN == 0) {
          samples.add(memory(group));
        }
      }
      return samples;
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
