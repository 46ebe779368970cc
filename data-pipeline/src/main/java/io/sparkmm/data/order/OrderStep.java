package io.sparkmm.data.order;

import java.util.List;
import java.util.Objects;

/**
 * The micro-batches that all workers process at one consumed-samples count.
 *
 * @param pass number of the pass over the data set, from 0
 * @param consumedAfter consumed-samples count after this step; where the next step starts
 * @param microBatches per worker the global sample indices of its micro-batch
 */
public record OrderStep(long pass, long consumedAfter, List<int[]> microBatches) {
  public OrderStep {
    Objects.requireNonNull(microBatches, "microBatches");
    microBatches = List.copyOf(microBatches);
  }

  /**
   * The sample indices of one worker.
   *
   * @param rank data-parallel rank, from 0
   */
  public int[] microBatch(int rank) {
    Objects.checkIndex(rank, microBatches.size());
    return microBatches.get(rank).clone();
  }
}
