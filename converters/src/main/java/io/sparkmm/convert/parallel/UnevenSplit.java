package io.sparkmm.convert.parallel;

import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.List;

/**
 * Blocks of whole units along one dimension, of which the first ones may have one unit more.
 *
 * @param dim the dimension, 0 for rows
 * @param units number of units, such as heads; {@link #EACH} when every index is one
 */
record UnevenSplit(int dim, int units) implements TensorSplit {

  static final int EACH = -1;

  UnevenSplit {
    if (units != EACH && units < 1) {
      throw new IllegalArgumentException("Cannot divide " + units + " heads");
    }
  }

  @Override
  public TensorView slice(String key, TensorView whole, int rank, int size) {
    Slices.checkDimension(key, whole, dim);
    long count = units == EACH ? whole.size(dim) : units;
    long length = Slices.unitLength(key, dim, whole.size(dim), count);
    return whole.slice(
        dim,
        length * Slices.begin(rank, size, count),
        length * Slices.begin(rank + 1, size, count));
  }

  @Override
  public TensorView merge(String key, List<TensorView> parts) {
    TensorView first = parts.get(0);
    List<Long> sizes = new ArrayList<>();
    long total = 0;
    for (TensorView part : parts) {
      Slices.checkDimension(key, part, dim);
      Slices.checkAlike(key, first, part, dim);
      sizes.add(part.size(dim));
      total += part.size(dim);
    }
    long count = units == EACH ? total : units;
    Slices.checkBlocks(key, sizes, count, Slices.unitLength(key, dim, total, count));
    return TensorView.concat(dim, parts);
  }

  @Override
  public String toString() {
    String what = dim == 0 ? "rows" : "columns";
    return units == EACH ? "by " + what + ", unevenly" : "by " + what + " of " + units + " heads";
  }
}
