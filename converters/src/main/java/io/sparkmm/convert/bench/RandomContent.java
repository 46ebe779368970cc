package io.sparkmm.convert.bench;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A tensor of bytes that no file system and no disk can make smaller: a function of the tensor's
 * name and of the place in it.
 *
 * @param spec name, element type, shape
 */
record RandomContent(TensorSpec spec) implements TensorContent {

  private static final long STEP = 0x9E3779B97F4A7C15L;

  @Override
  public DType dtype() {
    return spec.dtype();
  }

  @Override
  public List<Long> shape() {
    return spec.shape();
  }

  @Override
  public String recipe() {
    return "random " + spec.name();
  }

  /** None, since nothing is read from files. */
  @Override
  public List<TensorView> views() {
    return List.of();
  }

  @Override
  public void read(long offset, ByteBuffer target, SourceFiles files) {
    ByteBuffer out = target.slice().order(ByteOrder.LITTLE_ENDIAN);
    long seed = spec.name().hashCode() * STEP;
    long at = offset;
    while (out.hasRemaining()) {
      long word = mixed(seed + at / Long.BYTES * STEP);
      if (at % Long.BYTES == 0 && out.remaining() >= Long.BYTES) {
        out.putLong(word);
        at += Long.BYTES;
      } else {
        out.put((byte) (word >>> at % Long.BYTES * Byte.SIZE));
        at++;
      }
    }
    target.position(target.limit());
  }

  /** Spreads every bit of a number over all bits of the result (the finalizer of SplitMix64). */
  private static long mixed(long number) {
    long z = (number ^ (number >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
