package io.sparkmm.train.model;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.nn.Module;

/** The root module of a model that can be trained. */
public abstract class TrainableModel extends Module {
  /**
   * Computes the logits of all target positions of a micro-batch, with gradients when grad mode is
   * on.
   */
  public abstract ModelOutput forward(Batch batch);
}
