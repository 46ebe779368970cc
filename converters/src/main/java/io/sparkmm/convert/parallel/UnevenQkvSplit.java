package io.sparkmm.convert.parallel;

import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.List;

/**
 * Query rows above key rows above value rows, each in blocks of whole heads, of which the first
 * ones may have one head more.
 *
 * @param heads heads of the whole tensor
 */
record UnevenQkvSplit(int heads) implements TensorSplit {

  private static final int PARTS = 3;

  UnevenQkvSplit {
    if (heads < 1) {
      throw new IllegalArgumentException("Cannot divide " + heads + " heads");
    }
  }

  @Override
  public TensorView slice(String key, TensorView whole, int rank, int size) {
    Slices.checkDimension(key, whole, 0);
    long length = Slices.unitLength(key, 0, whole.size(0), (long) PARTS * heads);
    long from = length * Slices.begin(rank, size, heads);
    long to = length * Slices.begin(rank + 1, size, heads);
    List<TensorView> slices = new ArrayList<>();
    for (int part = 0; part < PARTS; part++) {
      slices.add(whole.part(0, part, PARTS).slice(0, from, to));
    }
    return TensorView.concat(0, slices);
  }

  @Override
  public TensorView merge(String key, List<TensorView> parts) {
    TensorView first = parts.get(0);
    List<Long> sizes = new ArrayList<>();
    long total = 0;
    for (TensorView part : parts) {
      Slices.checkDimension(key, part, 0);
      Slices.checkAlike(key, first, part, 0);
      sizes.add(part.size(0));
      total += part.size(0);
    }
    long length = Slices.unitLength(key, 0, total, (long) PARTS * heads);
    Slices.checkBlocks(key, sizes, heads, PARTS * length);
    List<TensorView> slices = new ArrayList<>();
    for (int part = 0; part < PARTS; part++) {
      for (TensorView view : parts) {
        slices.add(view.part(0, part, PARTS));
      }
    }
    return TensorView.concat(0, slices);
  }

  @Override
  public String toString() {
    return "by rows of " + heads + " heads of q, of k and of v";
  }
}
