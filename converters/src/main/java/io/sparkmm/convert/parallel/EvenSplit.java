package io.sparkmm.convert.parallel;

import io.sparkmm.convert.view.TensorView;
import java.util.List;

/**
 * Equal blocks along one dimension.
 *
 * @param dim the dimension, 0 for rows
 */
record EvenSplit(int dim) implements TensorSplit {

  @Override
  public TensorView slice(String key, TensorView whole, int rank, int size) {
    Slices.checkDimension(key, whole, dim);
    if (whole.size(dim) % size != 0) {
      throw Slices.indivisible(key, dim, whole.size(dim), size);
    }
    return whole.part(dim, rank, size);
  }

  @Override
  public TensorView merge(String key, List<TensorView> parts) {
    Slices.checkEqualShapes(key, parts);
    Slices.checkDimension(key, parts.get(0), dim);
    return TensorView.concat(dim, parts);
  }

  @Override
  public String toString() {
    return dim == 0 ? "by rows" : "by columns";
  }
}
