package io.sparkmm.convert.hf;

import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.view.SourceFiles;
import java.nio.ByteBuffer;

/** Compares stored tensors byte by byte. */
final class SameTensor {

  private static final int CHUNK = 1 << 20;

  private SameTensor() {}

  /** Whether two tensors have the same element type, shape and bytes. */
  static boolean same(TensorRef one, TensorRef other) {
    if (one.dtype() != other.dtype() || !one.shape().equals(other.shape())) {
      return false;
    }
    ByteBuffer first = ByteBuffer.allocateDirect(CHUNK);
    ByteBuffer second = ByteBuffer.allocateDirect(CHUNK);
    try (SourceFiles files = new SourceFiles()) {
      for (long offset = 0; offset < one.byteSize(); offset += CHUNK) {
        int length = (int) Math.min(CHUNK, one.byteSize() - offset);
        files.read(one.file(), one.begin() + offset, first.clear().limit(length));
        files.read(other.file(), other.begin() + offset, second.clear().limit(length));
        if (!first.flip().equals(second.flip())) {
          return false;
        }
      }
    }
    return true;
  }
}
