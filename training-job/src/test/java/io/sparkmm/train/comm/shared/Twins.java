package io.sparkmm.train.comm.shared;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.CollectivesSettings;
import io.sparkmm.train.comm.GlooCollectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.FreePorts;
import io.sparkmm.train.torch.HostTensors;
import java.nio.file.Path;
import java.time.Duration;
import org.bytedeco.pytorch.Tensor;

/** More groups of the ranks of a group, among which bytes travel in other ways. */
final class Twins {
  static final SharedMemorySettings SOCKETS = SharedMemorySettings.none("this is a test");

  private Twins() {}

  /** Shared memory with rings of a size. */
  static SharedMemorySettings rings(long bytes) {
    return new SharedMemorySettings("", Path.of("/dev/shm"), bytes, bytes * 64);
  }

  /** Joins another group of the same ranks; every rank calls it. */
  static GlooCollectives of(Collectives group, SharedMemorySettings memory) {
    return of(group, memory, Duration.ofSeconds(60));
  }

  static GlooCollectives of(Collectives group, SharedMemorySettings memory, Duration timeout) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor port = HostTensors.of(new long[] {FreePorts.next()}, 1);
      group.broadcast(port, 0).await();
      return GlooCollectives.connect(
          new CollectivesSettings(
              group.rank(),
              group.size(),
              "127.0.0.1",
              Math.toIntExact(port.item_long()),
              "twin",
              timeout,
              1),
          memory);
    }
  }
}
