package io.sparkmm.convert.number;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** A floating-point tensor in another element type, rounded as {@link FloatFormat} says. */
public final class CastContent implements TensorContent {

  private static final int BLOCK = 16 * 1024;

  private final TensorView source;
  private final FloatFormat to;

  private CastContent(TensorView source, FloatFormat to) {
    this.source = source;
    this.to = to;
  }

  /**
   * The tensor in format {@code to}; the tensor itself when it has that type already.
   *
   * @throws IllegalArgumentException when it is no floating-point tensor
   */
  public static TensorContent of(TensorView source, FloatFormat to) {
    return FloatSource.formatOf(source) == to ? source : new CastContent(source, to);
  }

  @Override
  public DType dtype() {
    return to.dtype();
  }

  @Override
  public List<Long> shape() {
    return source.shape();
  }

  @Override
  public String recipe() {
    return "cast to " + to;
  }

  @Override
  public List<TensorView> views() {
    return List.of(source);
  }

  @Override
  public void read(long offset, ByteBuffer target, SourceFiles files) {
    ByteBuffer out = target.slice().order(ByteOrder.LITTLE_ENDIAN);
    FloatSource in = new FloatSource(source, files);
    float[] values = new float[BLOCK];
    long element = offset / dtype().byteSize();
    int left = out.remaining() / dtype().byteSize();
    while (left > 0) {
      int count = Math.min(left, BLOCK);
      in.read(element, values, count);
      to.put(values, count, out);
      element += count;
      left -= count;
    }
    target.position(target.limit());
  }

  @Override
  public String toString() {
    return source + " as " + to;
  }
}
