package io.sparkmm.data.order;

/**
 * What decides the order of training samples.
 *
 * @param samples samples N of the data set
 * @param microBatch samples M of one micro-batch of one worker
 * @param workers data-parallel workers D
 * @param shuffle true: a new permutation; false: ascending order
 * @param dataSharding true: each worker draws from its own contiguous part of the data set
 */
public record OrderSettings(
    int samples, int microBatch, int workers, boolean shuffle, boolean dataSharding) {
  public OrderSettings {
    if (samples < 1) {
      throw new IllegalArgumentException("Cannot order samples: the data set has " + samples);
    }
    if (microBatch < 1) {
      throw new IllegalArgumentException(
          "Cannot order samples: the micro batch size is "
              + microBatch
              + ", it must be at least 1");
    }
    if (workers < 1) {
      throw new IllegalArgumentException(
          "Cannot order samples: the number of workers is " + workers + ", it must be at least 1");
    }
    if ((long) microBatch * workers > samples) {
      throw new IllegalArgumentException(
          "Cannot order samples: one step of "
              + workers
              + " workers with micro batches of "
              + microBatch
              + " takes "
              + (long) microBatch * workers
              + " samples, but the data set has "
              + samples
              + "; use fewer workers, a smaller micro batch or more samples");
    }
  }

  /** Samples that all workers consume together with one micro-batch each. */
  public int step() {
    return microBatch * workers;
  }
}
