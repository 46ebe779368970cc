package io.sparkmm.train.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.LiveMemory;
import io.sparkmm.train.testing.RankProcesses;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests that look at the memory of their process. They have one of their own, with a small heap and
 * the quick compiler only: what the virtual machine of all tests takes and gives back meanwhile is
 * more than they look for, the more so the more cores it compiles on.
 */
@Tag("slow")
class MemoryCasesTest {
  private static final String TRAIN = "io.sparkmm.train.";

  @Test
  void memoryIsWhatItIsMeantToBe(@TempDir Path folder) {
    // Skips where these are not told.
    LiveMemory.bytes();
    LiveMemory.peakOf(() -> {});

    RankProcesses.Result result =
        new RankProcesses("gloo", 1, folder, Map.of())
            .run(
                TRAIN + "model.ChunkedLossMemoryCases",
                TRAIN + "weights.ShardWeightsMemoryCases",
                TRAIN + "recompute.RecomputeMemoryCases",
                TRAIN + "loop.TrainerMemoryCases");

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isEqualTo(5);
  }
}
