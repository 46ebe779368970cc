package io.sparkmm.train.npu;

import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Device memory through which tensors of the host go, kept from one operation to the next. Used on
 * the runtime's thread only.
 */
final class DeviceBuffers {
  private static final int KEPT = 6;
  private static final long GRANULARITY = 4096;

  /** A block of device memory. */
  record Block(Pointer address, long bytes) {}

  private final NpuDevice device;
  private final List<Block> free = new ArrayList<>();

  DeviceBuffers(NpuDevice device) {
    this.device = device;
  }

  /** Takes the smallest kept block that suffices, or a new one; content is undefined. */
  Block take(long bytes) {
    Optional<Block> found =
        free.stream()
            .filter(block -> block.bytes() >= bytes)
            .min(Comparator.comparingLong(Block::bytes));
    if (found.isPresent()) {
      free.remove(found.get());
      return found.get();
    }
    long size = (bytes + GRANULARITY - 1) / GRANULARITY * GRANULARITY;
    return new Block(device.allocate(size), size);
  }

  /** Gives a block back that no work uses; the smallest goes when there are many. */
  void give(Block block) {
    free.add(block);
    if (free.size() > KEPT) {
      Block smallest = free.stream().min(Comparator.comparingLong(Block::bytes)).orElseThrow();
      free.remove(smallest);
      device.free(smallest.address());
    }
  }

  /** Frees all blocks that nobody has. */
  void close() {
    free.forEach(block -> device.free(block.address()));
    free.clear();
  }
}
