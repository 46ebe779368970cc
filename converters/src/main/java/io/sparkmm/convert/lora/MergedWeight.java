package io.sparkmm.convert.lora;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.number.FloatFormat;
import io.sparkmm.convert.number.FloatSource;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * A weight with its adapter merged in, calculated row by row when it is read. Of the weight one row
 * is in memory at a time, of the adapter the matrix A.
 */
public final class MergedWeight implements TensorContent {

  private final TensorView base;
  private final LoraPair pair;
  private final LoraMerge merge;
  private final FloatFormat result;
  private final int rank;
  private final int columns;

  /** A in float, scaled if so asked: kept as long as memory allows, for the next piece. */
  private volatile Reference<float[]> matrixA = new WeakReference<>(new float[0]);

  private MergedWeight(TensorView base, LoraPair pair, LoraMerge merge, FloatFormat result) {
    this.base = base;
    this.pair = pair;
    this.merge = merge;
    this.result = result;
    this.rank = Math.toIntExact(pair.a().size(0));
    this.columns = Math.toIntExact(pair.a().size(1));
  }

  /**
   * A merged weight.
   *
   * @param name name of the weight, for messages
   * @param base [outputs, inputs]
   * @throws ConvertException of kind DATA when shapes or element types do not fit
   */
  public static MergedWeight of(String name, TensorView base, LoraPair pair, LoraMerge merge) {
    List<Long> a = pair.a().shape();
    List<Long> b = pair.b().shape();
    if (a.size() != 2
        || b.size() != 2
        || !a.get(0).equals(b.get(1))
        || !base.shape().equals(List.of(b.get(0), a.get(1)))) {
      throw failure(name, pair, "B " + b + " times A " + a + " is no weight of " + base.shape());
    }
    if (a.get(0) == 0) {
      throw failure(name, pair, "the rank of the adapter is 0");
    }
    if (pair.a().byteSize() / pair.a().dtype().byteSize() > Integer.MAX_VALUE / 8) {
      throw failure(name, pair, "matrix A " + a + " is too large");
    }
    for (TensorView view : List.of(base, pair.a(), pair.b())) {
      if (FloatFormat.of(view.dtype()).isEmpty()) {
        throw failure(name, pair, "cannot calculate with elements of type " + view.dtype());
      }
    }
    FloatFormat stored = FloatFormat.of(base.dtype()).orElseThrow();
    FloatFormat result = merge.result().orElse(stored);
    if (result == FloatFormat.F64) {
      throw failure(name, pair, "weights of type F64 are not merged, since sums are in F32");
    }
    return new MergedWeight(base, pair, merge, result);
  }

  private static ConvertException failure(String name, LoraPair pair, String reason) {
    return ConvertException.data(
        "Cannot merge adapter " + pair.layer() + " into " + name + ": " + reason);
  }

  @Override
  public DType dtype() {
    return result.dtype();
  }

  @Override
  public List<Long> shape() {
    return base.shape();
  }

  @Override
  public String recipe() {
    return merge.toString();
  }

  @Override
  public List<TensorView> views() {
    return List.of(base, pair.a(), pair.b());
  }

  @Override
  public void read(long offset, ByteBuffer target, SourceFiles files) {
    if (!target.hasRemaining()) {
      return;
    }
    ByteBuffer out = target.slice().order(ByteOrder.LITTLE_ENDIAN);
    int bytes = dtype().byteSize();
    long first = offset / bytes;
    long end = first + out.remaining() / bytes;
    LowRankSum product =
        new LowRankSum(a(files), rank, merge.scaleFirst() ? 1f : (float) merge.scale());
    FloatSource weights = new FloatSource(base, files);
    FloatSource factors = new FloatSource(pair.b(), files);
    float[] b = new float[rank];
    float[] row = new float[columns];
    for (long index = first / columns; index * columns < end; index++) {
      factors.read(index * rank, b, rank);
      weights.read(index * columns, row, columns);
      product.addTo(row, b, 0);
      int from = (int) Math.max(0, first - index * columns);
      int to = (int) Math.min(columns, end - index * columns);
      System.arraycopy(row, from, row, 0, to - from);
      result.put(row, to - from, out);
    }
    target.position(target.limit());
  }

  private float[] a(SourceFiles files) {
    float[] known = Optional.ofNullable(matrixA.get()).orElse(new float[0]);
    if (known.length == rank * columns) {
      return known;
    }
    float[] a = new float[rank * columns];
    new FloatSource(pair.a(), files).read(0, a, a.length);
    if (merge.scaleFirst()) {
      float scale = (float) merge.scale();
      for (int index = 0; index < a.length; index++) {
        a[index] *= scale;
      }
    }
    matrixA = new WeakReference<>(a);
    return a;
  }

  @Override
  public String toString() {
    return base + " merged with adapter " + pair.layer();
  }
}
