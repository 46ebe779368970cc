package io.sparkmm.train.comm.shared;

import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Sums of what lies in the slots of several ranks, element by element. */
final class Sums {
  private Sums() {}

  /** Puts a rank's own part among those of the others. */
  static long[] inRankOrder(long own, long[] others, int rank) {
    long[] all = new long[others.length + 1];
    System.arraycopy(others, 0, all, 0, rank);
    all[rank] = own;
    System.arraycopy(others, rank, all, rank + 1, others.length - rank);
    return all;
  }

  /**
   * Adds up in the type of the elements, in the order of the parts; exactly as {@link
   * io.sparkmm.train.comm.ScatterBuffers#reduce} does for types that are not 16-bit floats.
   *
   * @param output address of the result; may be one of the parts
   * @param reduction SUM or AVG
   */
  static void reduce(long output, long[] parts, long bytes, ScalarType type, Reduction reduction) {
    long elements = bytes / torch.elementSize(type);
    try (TensorScope scope = TensorScope.open()) {
      Tensor sum = Bytes.tensor(output, elements, type);
      torch.add_out(
          sum, Bytes.tensor(parts[0], elements, type), Bytes.tensor(parts[1], elements, type));
      for (int i = 2; i < parts.length; i++) {
        sum.add_(Bytes.tensor(parts[i], elements, type));
      }
      if (reduction == Reduction.AVG) {
        sum.div_(new Scalar(parts.length));
      }
    }
  }
}
