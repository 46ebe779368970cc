package io.sparkmm.convert.number;

import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads elements of a stored tensor as {@code float}, block by block. Not safe for use by several
 * threads.
 */
public final class FloatSource {

  private static final int BLOCK = 16 * 1024;

  private final TensorView view;
  private final FloatFormat format;
  private final SourceFiles files;
  private final ByteBuffer bytes;
  private final float[] block;

  /**
   * A reader of a tensor.
   *
   * @throws IllegalArgumentException when it is no floating-point tensor
   */
  public FloatSource(TensorView view, SourceFiles files) {
    this.view = view;
    this.format = formatOf(view);
    this.files = files;
    int elements = (int) Math.min(BLOCK, view.byteSize() / format.dtype().byteSize());
    this.block = new float[elements];
    this.bytes =
        ByteBuffer.allocateDirect(elements * format.dtype().byteSize())
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  static FloatFormat formatOf(TensorView view) {
    return FloatFormat.of(view.dtype())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Cannot calculate with elements of type " + view.dtype()));
  }

  /**
   * Reads elements.
   *
   * @param element first one, counted row-major
   * @param target receives {@code count} elements from its start
   */
  public void read(long element, float[] target, int count) {
    int done = 0;
    while (done < count) {
      int size = Math.min(block.length, count - done);
      bytes.clear().limit(size * format.dtype().byteSize());
      view.read((element + done) * format.dtype().byteSize(), bytes, files);
      bytes.flip();
      format.get(bytes, block, size);
      System.arraycopy(block, 0, target, done, size);
      done += size;
    }
  }
}
