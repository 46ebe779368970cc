package io.sparkmm.train.checkpoint;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Tells every rank a number of every rank. */
final class StatusExchange {
  private final Collectives group;

  StatusExchange(Collectives group) {
    this.group = group;
  }

  /** This worker's rank. */
  int rank() {
    return group.rank();
  }

  /** The ranks' numbers in rank order; every rank calls it at the same point. */
  long[] exchange(long own) {
    try (TensorScope scope = TensorScope.open()) {
      TensorOptions options = new TensorOptions(ScalarType.Long);
      Tensor input = torch.zeros(new long[] {1}, options);
      Tensor output = torch.zeros(new long[] {group.size()}, options);
      new LongPointer(input.data_ptr()).put(own);
      group.allGather(output, input).await();
      long[] all = new long[group.size()];
      new LongPointer(output.data_ptr()).get(all);
      return all;
    }
  }
}
