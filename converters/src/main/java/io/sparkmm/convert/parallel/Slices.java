package io.sparkmm.convert.parallel;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.List;

/** Arithmetic and checks that the ways to divide a tensor share. */
final class Slices {

  private Slices() {}

  /** First unit of a rank when the first {@code units mod size} ranks have one unit more. */
  static long begin(int rank, int size, long units) {
    return rank * (units / size) + Math.min(rank, units % size);
  }

  /** Size of one of {@code units} units along a dimension. */
  static long unitLength(String key, int dim, long size, long units) {
    if (units == 0 ? size != 0 : size % units != 0) {
      throw ConvertException.data(
          "Cannot divide "
              + key
              + ": dim "
              + dim
              + " of size "
              + size
              + " does not consist of "
              + units
              + " equal heads");
    }
    return units == 0 ? 0 : size / units;
  }

  static ConvertException indivisible(String key, int dim, long size, int ranks) {
    return indivisible(key, dim, size, ranks, "");
  }

  static ConvertException indivisible(String key, int dim, long size, int ranks, String how) {
    return ConvertException.data(
        "Cannot divide "
            + key
            + ": dim "
            + dim
            + " of size "
            + size
            + " is not divisible by tp "
            + ranks
            + how);
  }

  static ConvertException cannotMerge(String key, String reason) {
    return ConvertException.data("Cannot merge " + key + " over tensor parallel ranks: " + reason);
  }

  static void checkDimension(String key, TensorView view, int dim) {
    if (view.rank() <= dim) {
      throw ConvertException.data(
          "Cannot divide " + key + " of shape " + view.shape() + ": it has no dim " + dim);
    }
  }

  static void checkEqualShapes(String key, List<TensorView> parts) {
    for (int rank = 1; rank < parts.size(); rank++) {
      TensorView first = parts.get(0);
      TensorView part = parts.get(rank);
      if (!first.shape().equals(part.shape()) || first.dtype() != part.dtype()) {
        throw cannotMerge(
            key, "rank 0 has " + described(first) + ", rank " + rank + " has " + described(part));
      }
    }
  }

  /** Checks that two slices differ at most along {@code dim}. */
  static void checkAlike(String key, TensorView first, TensorView part, int dim) {
    List<Long> expected = new ArrayList<>(part.shape());
    if (first.rank() == part.rank()) {
      expected.set(dim, first.size(dim));
    }
    if (!first.shape().equals(expected) || first.dtype() != part.dtype()) {
      throw cannotMerge(key, "one rank has " + described(first) + ", another " + described(part));
    }
  }

  /** Checks that the sizes of the slices are those that dividing the whole would have given. */
  static void checkBlocks(String key, List<Long> sizes, long units, long length) {
    List<Long> expected = new ArrayList<>();
    for (int rank = 0; rank < sizes.size(); rank++) {
      long count = begin(rank + 1, sizes.size(), units) - begin(rank, sizes.size(), units);
      expected.add(count * length);
    }
    if (!expected.equals(sizes)) {
      throw cannotMerge(key, "the ranks hold " + sizes + ", but should hold " + expected);
    }
  }

  /** Type and shape for messages. */
  static String described(TensorView view) {
    return view.dtype() + " " + view.shape();
  }
}
