package io.sparkmm.train.loop;

import io.sparkmm.train.comm.Collectives;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a worker knows of its run.
 *
 * @param dataParallel the data-parallel group; its rank and size place this worker
 * @param computeType type of floating-point inputs and of computation
 * @param microBatchSize rows of a micro-batch
 * @param seed seed of the run
 */
public record TrainContext(
    Collectives dataParallel, ScalarType computeType, int microBatchSize, long seed) {
  /** This worker's rank. */
  public int rank() {
    return dataParallel.rank();
  }

  /** Number of workers. */
  public int worldSize() {
    return dataParallel.size();
  }
}
