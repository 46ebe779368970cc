package io.sparkmm.convert.op;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.TensorView;
import java.util.List;

/** Checks that the operators share. */
final class Shapes {

  private Shapes() {}

  /** Number of rows; a tensor without dimensions has none to divide. */
  static long rows(NamedTensor tensor) {
    if (tensor.view().rank() == 0) {
      throw ConvertException.data(tensor.name() + ": expected rows, got a single number");
    }
    return tensor.view().size(0);
  }

  /** Requires an exact number of rows. */
  static void requireRows(NamedTensor tensor, long expected, String why) {
    if (rows(tensor) != expected) {
      throw ConvertException.data(
          tensor.name()
              + ": expected "
              + expected
              + " rows ("
              + why
              + "), got shape "
              + tensor.view().shape());
    }
  }

  /** Requires a number of rows that can be cut into equal parts. */
  static void requireMultiple(NamedTensor tensor, long divisor, String why) {
    if (rows(tensor) % divisor != 0) {
      throw ConvertException.data(
          tensor.name()
              + ": expected a multiple of "
              + divisor
              + " rows ("
              + why
              + "), got shape "
              + tensor.view().shape());
    }
  }

  /** Requires that tensors differ in nothing but the number of rows. */
  static void requireAlike(List<NamedTensor> tensors) {
    NamedTensor first = tensors.get(0);
    for (NamedTensor other : tensors) {
      if (other.view().dtype() != first.view().dtype()
          || !below(other.view()).equals(below(first.view()))) {
        throw ConvertException.data(
            other.name()
                + ": expected to fit under "
                + first.name()
                + " of "
                + describe(first.view())
                + ", got "
                + describe(other.view()));
      }
    }
  }

  private static List<Long> below(TensorView view) {
    return view.shape().subList(1, view.rank());
  }

  private static String describe(TensorView view) {
    return view.dtype() + " " + view.shape();
  }
}
