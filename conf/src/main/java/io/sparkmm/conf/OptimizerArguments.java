package io.sparkmm.conf;

import java.util.List;

/**
 * The update rule.
 *
 * @param weightDecay decoupled weight decay
 * @param adamBeta1 decay of the first moment
 * @param adamBeta2 decay of the second moment
 * @param adamEps term added to the root of the second moment
 * @param clipGrad largest gradient norm; 0 for no clipping
 * @param optimizer update rule
 * @param optimizerSelection accepted without effect on numbers
 * @param weightDecayExcludeModules parts of parameter names without weight decay
 * @param lrScaleModules parts of parameter names whose learning rate is multiplied
 * @param lrMult the multiplier
 * @param enableDummyOptimizer whether a worker may have nothing to train
 */
public record OptimizerArguments(
    double weightDecay,
    double adamBeta1,
    double adamBeta2,
    double adamEps,
    double clipGrad,
    OptimizerType optimizer,
    OptimizerSelection optimizerSelection,
    List<String> weightDecayExcludeModules,
    List<String> lrScaleModules,
    double lrMult,
    boolean enableDummyOptimizer)
    implements KeyGroup {

  /** Copies the lists. */
  public OptimizerArguments {
    weightDecayExcludeModules = List.copyOf(weightDecayExcludeModules);
    lrScaleModules = List.copyOf(lrScaleModules);
  }

  static OptimizerArguments read(ConfigSection section) {
    int before = section.problems().count();
    OptimizerArguments read =
        new OptimizerArguments(
            section.number("weight_decay", 0.01, Limit.NOT_NEGATIVE),
            section.number("adam_beta1", 0.9, Limit.BELOW_ONE),
            section.number("adam_beta2", 0.999, Limit.BELOW_ONE),
            section.number("adam_eps", 1e-8, Limit.POSITIVE),
            section.number("clip_grad", 1.0, Limit.NOT_NEGATIVE),
            section.choice("optimizer", OptimizerType.class, OptimizerType.ADAM),
            section.choice(
                "optimizer_selection", OptimizerSelection.class, OptimizerSelection.FUSED_ADAMW),
            section.texts("weight_decay_exclude_modules"),
            section.texts("lr_scale_modules"),
            section.number("lr_mult", 1.0, Limit.NOT_NEGATIVE),
            section.flag("enable_dummy_optimizer", false));
    if (section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private void check(ConfigSection section) {
    if (optimizer == OptimizerType.MUON) {
      section.report("optimizer", "is not supported; must be adam or sgd");
    }
    if (optimizerSelection == OptimizerSelection.FUSED_EMA_ADAMW) {
      section.report(
          "optimizer_selection", "is not supported; must be fused_adamw or fused_torch_adamw");
    }
  }
}
