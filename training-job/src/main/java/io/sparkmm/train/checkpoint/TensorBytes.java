package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.nio.ByteBuffer;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * The elements of a contiguous host tensor. They are read when they are asked for; who makes the
 * content keeps the tensor, and keeps it unchanged, until it is written.
 */
final class TensorBytes implements TensorContent {
  private static final int CHUNK_BYTES = 1 << 30;

  private final DType dtype;
  private final List<Long> shape;
  private final Pointer memory;

  TensorBytes(Tensor tensor, DType dtype) {
    if (!tensor.is_cpu() || !tensor.is_contiguous()) {
      throw new IllegalArgumentException("Cannot take the bytes of " + tensor + ": copy it first");
    }
    this.dtype = dtype;
    this.shape = Shapes.of(tensor);
    this.memory = tensor.data_ptr();
  }

  /** Part of a tensor's memory; the buffer must not be used after the tensor is freed. */
  static ByteBuffer buffer(Pointer memory, long offset, int length) {
    return new BytePointer(new BytePointer(memory).getPointer(offset))
        .capacity(length)
        .asByteBuffer();
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public List<Long> shape() {
    return shape;
  }

  /** None, since nothing is read from files. */
  @Override
  public List<TensorView> views() {
    return List.of();
  }

  @Override
  public void read(long offset, ByteBuffer target, SourceFiles files) {
    long at = offset;
    while (target.hasRemaining()) {
      ByteBuffer part = buffer(memory, at, Math.min(CHUNK_BYTES, target.remaining()));
      at += part.remaining();
      target.put(part);
    }
  }

  /** The object itself, since nothing else tells two of them apart. */
  @Override
  public String recipe() {
    return Integer.toHexString(System.identityHashCode(this));
  }

  @Override
  public String toString() {
    return dtype + " " + shape + " in memory";
  }
}
