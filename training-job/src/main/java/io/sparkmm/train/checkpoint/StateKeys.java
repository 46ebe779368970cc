package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpKey;
import io.sparkmm.train.lora.LoraNames;
import io.sparkmm.train.nn.Parameter;

/**
 * Names of what a checkpoint holds: those of {@code get_model_state_dict} and {@code
 * get_optimizer_state_dict} of PyTorch below {@code model} and {@code optimizer}, and those of
 * Megatron for the rest.
 */
final class StateKeys {
  static final String MODEL = "model";
  static final String OPTIMIZER = "optimizer";
  static final String STATE = "state";
  static final String PARAM_GROUPS = "param_groups";
  static final String STEP = "step";
  static final String ARGS = "args";
  static final String ITERATION = "iteration";
  static final String VERSION = "checkpoint_version";
  static final String SCHEDULER = "opt_param_scheduler";
  static final String NUM_STEPS = "num_steps";
  static final String RNG = "rng_state";
  static final String TORCH_RNG = "torch_rng_state";
  static final String CONSUMED = "consumed_train_samples";

  private StateKeys() {}

  /** A weight. */
  static DcpKey weight(Parameter parameter) {
    return DcpKey.of(MODEL, LoraNames.stored(parameter));
  }

  /** A tensor that the optimizer keeps for a weight. */
  static DcpKey optimizer(Parameter parameter, String name) {
    return DcpKey.of(OPTIMIZER, STATE, LoraNames.stored(parameter), name);
  }

  /** A setting of a group of weights. */
  static DcpKey group(int index, String name) {
    return DcpKey.of(OPTIMIZER, PARAM_GROUPS, (long) index, name);
  }

  /** A value of the learning-rate schedule. */
  static DcpKey scheduler(String name) {
    return DcpKey.of(SCHEDULER, name);
  }

  /** The state of a rank's random generator. */
  static DcpKey generator(int rank) {
    return DcpKey.of(RNG, (long) rank, TORCH_RNG);
  }
}
