package io.sparkmm.train.loop;

/**
 * How far a run is.
 *
 * @param iteration iterations done
 * @param consumedSamples samples trained on, over all ranks: where the data go on
 * @param scheduledSamples samples that the learning-rate schedule counts; less than those consumed
 *     where the schedule was begun anew
 */
public record TrainPosition(long iteration, long consumedSamples, long scheduledSamples) {
  /** Before the first iteration. */
  public static final TrainPosition START = new TrainPosition(0, 0, 0);

  public TrainPosition {
    if (iteration < 0 || consumedSamples < 0 || scheduledSamples < 0) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot be at iteration %d with %d samples consumed and %d scheduled",
              iteration, consumedSamples, scheduledSamples));
    }
  }

  /** The position after one more iteration. */
  TrainPosition next(int globalBatchSize) {
    return new TrainPosition(
        iteration + 1, consumedSamples + globalBatchSize, scheduledSamples + globalBatchSize);
  }
}
