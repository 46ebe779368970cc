package io.sparkmm.train.optim;

/** Settings of an update rule; a new rule is one more implementation. */
public interface OptimizerSettings {
  /** Makes the optimizer of some parameters; its state is allocated at their first updates. */
  Optimizer create(ParameterGroups groups);
}
