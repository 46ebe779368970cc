package io.sparkmm.train.loop;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Tells every rank what all ranks found in a micro-batch, before any of them goes backward. */
final class LossExchange implements AutoCloseable {
  private static final int FIELDS = 5;

  private final Collectives group;
  private final ParallelModel model;
  private final Tensor own;
  private final Tensor all;

  /**
   * What one rank found.
   *
   * @param loss its loss, a mean or a sum
   * @param terms terms of the sum; 1 for a mean
   * @param tokens tokens of its micro-batch without padding
   * @param targets supervised labels of its micro-batch
   * @param stop whether it wants to stop
   */
  record Entry(double loss, long terms, long tokens, long targets, boolean stop) {
    /** The mean over the terms. */
    double mean() {
      return loss / terms;
    }
  }

  LossExchange(Collectives group, ParallelModel model) {
    this.group = group;
    this.model = model;
    try (TensorScope scope = TensorScope.open()) {
      TensorOptions options = new TensorOptions(ScalarType.Double);
      own = TensorScope.keep(torch.zeros(new long[] {FIELDS}, options));
      all = TensorScope.keep(torch.zeros(new long[] {(long) FIELDS * group.size()}, options));
    }
  }

  /** Every rank's entry, in rank order. */
  Entry[] exchange(Entry entry, String where) {
    // The same number every time, so that all micro-batches are the same sequence.
    model.agree(1, "exchange the losses of " + where);
    try (TensorScope scope = TensorScope.open()) {
      double[] values = {
        entry.loss(), entry.terms(), entry.tokens(), entry.targets(), entry.stop() ? 1.0 : 0.0
      };
      own.data_ptr_double().put(values);
      group.allGather(all, own).await();
      double[] gathered = new double[FIELDS * group.size()];
      new DoublePointer(all.data_ptr()).get(gathered);
      Entry[] entries = new Entry[group.size()];
      for (int rank = 0; rank < entries.length; rank++) {
        int at = rank * FIELDS;
        entries[rank] =
            new Entry(
                gathered[at],
                (long) gathered[at + 1],
                (long) gathered[at + 2],
                (long) gathered[at + 3],
                gathered[at + 4] != 0.0);
      }
      return entries;
    }
  }

  @Override
  public void close() {
    TensorScope.release(own);
    TensorScope.release(all);
  }
}
