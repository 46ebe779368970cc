package io.sparkmm.train.nn;

import org.bytedeco.pytorch.Tensor;

/**
 * Runs around a module's forward computation: sharding gathers and frees weights there,
 * checkpointing replaces the graph.
 */
@FunctionalInterface
public interface Interceptor {
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
}
