package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Memory that one exchange after the other uses: as large as the largest group needs, and allocated
 * once.
 */
final class Scratch implements AutoCloseable {
  private final Tensor bytes;

  Scratch(long size) {
    try (TensorScope scope = TensorScope.open()) {
      bytes = TensorScope.keep(torch.zeros(new long[] {size}, new TensorOptions(ScalarType.Byte)));
    }
  }

  /**
   * A part of the memory as a flat tensor; belongs to the current scope.
   *
   * @param offset first byte, a multiple of the element size
   */
  Tensor part(long offset, long elements, ScalarType type) {
    long size = elements * elementBytes(type);
    return bytes.narrow(0, offset, size).view(type);
  }

  static long elementBytes(ScalarType type) {
    return torch.elementSize(type);
  }

  @Override
  public void close() {
    TensorScope.release(bytes);
  }
}
