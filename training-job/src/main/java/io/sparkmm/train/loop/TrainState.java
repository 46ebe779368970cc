package io.sparkmm.train.loop;

import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.optim.Optimizer;
import java.util.Objects;

/**
 * Everything that decides how a run goes on, on one rank.
 *
 * @param position how far the run is
 * @param model the model
 * @param parallel its wrapping; holds this rank's part of the weights
 * @param optimizer state of this rank's part
 */
public record TrainState(
    TrainPosition position, TrainableModel model, ParallelModel parallel, Optimizer optimizer) {
  public TrainState {
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(parallel, "parallel");
    Objects.requireNonNull(optimizer, "optimizer");
  }

  /** The same objects at another position. */
  TrainState at(TrainPosition reached) {
    return new TrainState(reached, model, parallel, optimizer);
  }
}
