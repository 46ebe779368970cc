package io.sparkmm.train.nn;

import org.bytedeco.pytorch.Tensor;

/**
 * Runs around a module's forward computation: sharding gathers and frees weights there,
 * checkpointing replaces the graph.
 */
@FunctionalInterface
public interface Interceptor {
  /** Depth of those that gather weights: they run around all others. */
  int SHARDING = 0;

  /** Depth of those that replace the graph of the computation. */
  int RECOMPUTATION = 1;

  /** A forward computation from tensors to one tensor. */
  @FunctionalInterface
  interface Forward {
    /** Computes the module's output. */
    Tensor apply(Tensor[] inputs);
  }

  /**
   * Runs {@code next} with these inputs, or with changed ones, and returns its output or a changed
   * one.
   */
  Tensor around(Module module, Tensor[] inputs, Forward next);

  /** Place among a module's interceptors: one of lower depth runs around those of higher depth. */
  default int depth() {
    return SHARDING;
  }
}
