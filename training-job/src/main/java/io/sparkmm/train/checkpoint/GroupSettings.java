package io.sparkmm.train.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Settings of a group of weights that do not depend on the group, by the names that PyTorch's
 * optimizers give them. PyTorch wants every one of them when it loads a checkpoint.
 */
public final class GroupSettings {
  private GroupSettings() {}

  /** Settings of AdamW. */
  public static Map<String, Object> adamW(double beta1, double beta2, double epsilon) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("betas", new double[] {beta1, beta2});
    settings.put("eps", epsilon);
    settings.put("amsgrad", false);
    settings.put("decoupled_weight_decay", true);
    return settings;
  }

  /** Settings of SGD with momentum, neither dampened nor Nesterov's. */
  public static Map<String, Object> sgd(double momentum) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("momentum", momentum);
    settings.put("dampening", 0L);
    settings.put("nesterov", false);
    return settings;
  }
}
