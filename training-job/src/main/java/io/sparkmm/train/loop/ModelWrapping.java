package io.sparkmm.train.loop;

import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.model.TrainableModel;

/** Makes a bare model ready for its ranks, for example by sharding it. */
@FunctionalInterface
public interface ModelWrapping {
  /** Wraps a model; called once on every rank. */
  ParallelModel wrap(TrainableModel model);
}
