package io.sparkmm.train.loop;

import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.model.TrainableModel;

/**
 * A trained model. The caller closes it.
 *
 * @param model the model; sharded weights are reached through {@code parallel.state()}
 * @param parallel its wrapping
 * @param iterations iterations done
 * @param consumedSamples samples trained on
 * @param stopped whether a request ended the training early
 */
public record TrainResult(
    TrainableModel model,
    ParallelModel parallel,
    long iterations,
    long consumedSamples,
    boolean stopped)
    implements AutoCloseable {
  @Override
  public void close() {
    parallel.close();
  }
}
