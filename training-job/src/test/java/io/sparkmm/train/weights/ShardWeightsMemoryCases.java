package io.sparkmm.train.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.model.ModelInitializer;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.testing.LiveMemory;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Memory that filling shards needs; runs in a process of its own. */
class ShardWeightsMemoryCases {
  @Test
  void fillingNeedsLittleMemoryBesidesTheShards() {
    int vocabulary = 1 << 20;
    long bytes = 2L * vocabulary * 32 * Float.BYTES;
    TrainableModel model = ShardWeightsTest.declared(vocabulary);
    try (ParallelModel parallel =
        FullyShard.applyDeclared(
            model,
            ShardWeightsTest.GROUPS,
            new LocalCollectives(),
            FsdpSettings.DEFAULTS,
            ScalarType.Float)) {
      WeightSource fresh =
          (parameter, first, count) ->
              ModelInitializer.NORMAL.rows(
                  model, parameter, new ModelInitializer.Rows(first, count), 1);

      long peak = LiveMemory.peakOf(() -> ShardWeights.fill(parallel.state(), fresh));

      assertThat(peak).isLessThan(bytes / 2);
    }
  }
}
