package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.LiveMemory;
import io.sparkmm.train.testing.RankProcesses;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps on two ranks need no more memory the longer they go on. */
@Tag("slow")
class FlatMemoryTest {
  /**
   * The processes have small collectors and compilers: here, those of other tests take and give
   * back more than is looked for.
   */
  @Test
  void nativeMemoryIsFlat(@TempDir Path folder) {
    // Skips where these are not told.
    LiveMemory.bytes();
    LiveMemory.residentOutsideOfJavaHeap();

    RankProcesses.Result result =
        new RankProcesses("gloo", 2, folder, Map.of()).run(FlatMemoryCases.class.getName());

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isEqualTo(2);
  }
}
