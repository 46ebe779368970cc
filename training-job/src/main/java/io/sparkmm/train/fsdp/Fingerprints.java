package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Exchange of some numbers that each rank has. */
final class Fingerprints {
  private Fingerprints() {}

  /** Every rank's numbers by rank; each rank gives equally many. */
  static long[][] exchange(Collectives group, long[] own) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor mine = HostTensors.of(own, own.length);
      Tensor all =
          torch.zeros(
              new long[] {(long) own.length * group.size()}, new TensorOptions(ScalarType.Long));
      group.allGather(all, mine).await();
      long[] values = HostTensors.longs(all);
      long[][] byRank = new long[group.size()][];
      for (int rank = 0; rank < byRank.length; rank++) {
        byRank[rank] = Arrays.copyOfRange(values, rank * own.length, (rank + 1) * own.length);
      }
      return byRank;
    }
  }
}
