package io.sparkmm.train.comm;

import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Tensor;

/** Checks of tensors before they go to a backend, whose own reaction may be a dead process. */
public final class Shapes {
  private Shapes() {}

  /** Refuses a tensor whose elements are not in one piece, in order. */
  public static void requireContiguous(String operation, Tensor tensor) {
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException("Cannot " + operation + ": tensor is not contiguous");
    }
  }

  /** Refuses tensors that {@link Collectives#allGather} cannot take. */
  public static void requireGather(Tensor output, Tensor input, int size) {
    requireContiguous("all-gather", output);
    requireContiguous("all-gather", input);
    requireSameType("all-gather", output, input);
    if (output.numel() != size * input.numel()) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot all-gather: output has %d elements, %d ranks give %d each",
              output.numel(), size, input.numel()));
    }
  }

  /** Refuses tensors that {@link Collectives#reduceScatter} cannot take. */
  public static void requireScatter(Tensor output, Tensor input, int size) {
    requireContiguous("reduce-scatter", output);
    requireContiguous("reduce-scatter", input);
    requireSameType("reduce-scatter", output, input);
    if (input.numel() != size * output.numel()) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot reduce-scatter: input has %d elements, %d ranks take %d each",
              input.numel(), size, output.numel()));
    }
  }

  /** Refuses a rank that the group does not have. */
  public static void requireRank(String operation, int rank, int size) {
    if (rank < 0 || rank >= size) {
      throw new IllegalArgumentException(
          "Cannot " + operation + " rank " + rank + ": the group has " + size + " ranks");
    }
  }

  private static void requireSameType(String operation, Tensor output, Tensor input) {
    if (FloatTypes.of(output) != FloatTypes.of(input)) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot %s: output is %s, input is %s",
              operation, output.scalar_type(), input.scalar_type()));
    }
  }
}
