package io.sparkmm.train.comm.shared;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A place in memory, for native code. It owns nothing. */
final class Bytes extends Pointer {
  private Bytes(long address) {
    super((Pointer) null);
    this.address = address;
  }

  /** Copies bytes between places that do not overlap, or are the same. */
  static void copy(long to, long from, long count) {
    if (to != from && count > 0) {
      Pointer.memcpy(new Bytes(to), new Bytes(from), count);
    }
  }

  /** A flat tensor of what lies at an address; belongs to the current scope. */
  static Tensor tensor(long address, long elements, ScalarType type) {
    return torch.from_blob(new Bytes(address), new long[] {elements}, new TensorOptions(type));
  }

  /** Address of a tensor's first element; 0 if it has none. */
  static long address(Tensor tensor) {
    return tensor.numel() == 0 ? 0 : tensor.data_ptr().address();
  }
}
