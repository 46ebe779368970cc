package io.sparkmm.train.loop;

/** A part of an iteration. */
public enum Phase {
  /** Reading a micro-batch, model and loss. */
  FORWARD,
  /** Gradients and their exchange. */
  BACKWARD,
  /** Norm, clipping and update. */
  OPTIMIZER
}
