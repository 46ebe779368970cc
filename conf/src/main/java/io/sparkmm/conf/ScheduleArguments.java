package io.sparkmm.conf;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Length of the run and learning rate over it.
 *
 * @param trainIters optimizer steps
 * @param lr peak learning rate
 * @param minLr learning rate at the end
 * @param lrDecayStyle shape after warm-up
 * @param lrDecayIters step at which the minimum is reached; empty: {@code train_iters}
 * @param lrWarmupFraction share of the decay steps that is warm-up
 * @param lrWarmupIters steps of warm-up
 * @param lrWarmupInit learning rate at the start of warm-up
 * @param lrWsdDecayIters steps of the last part of a WSD schedule
 * @param lrWsdDecayStyle shape of that part
 */
public record ScheduleArguments(
    int trainIters,
    double lr,
    double minLr,
    LrDecayStyle lrDecayStyle,
    OptionalInt lrDecayIters,
    OptionalDouble lrWarmupFraction,
    int lrWarmupIters,
    double lrWarmupInit,
    OptionalInt lrWsdDecayIters,
    WsdDecayStyle lrWsdDecayStyle)
    implements KeyGroup {

  static ScheduleArguments read(ConfigSection section) {
    int before = section.problems().count();
    for (String key : List.of("train_samples", "lr_decay_samples", "lr_warmup_samples")) {
      section.refuse(key, "is not supported; give --train-iters and options in iterations");
    }
    ScheduleArguments read =
        new ScheduleArguments(
            section.requiredInteger("train_iters", Limit.atLeast(1)),
            section.requiredNumber("lr", Limit.POSITIVE),
            section.number("min_lr", 0.0, Limit.NOT_NEGATIVE),
            section.choice("lr_decay_style", LrDecayStyle.class, LrDecayStyle.LINEAR),
            section.optionalInteger("lr_decay_iters", Limit.atLeast(1)),
            section.optionalNumber("lr_warmup_fraction", Limit.BELOW_ONE),
            section.integer("lr_warmup_iters", 0, Limit.NOT_NEGATIVE),
            section.number("lr_warmup_init", 0.0, Limit.NOT_NEGATIVE),
            section.optionalInteger("lr_wsd_decay_iters", Limit.atLeast(1)),
            section.choice("lr_wsd_decay_style", WsdDecayStyle.class, WsdDecayStyle.EXPONENTIAL));
    if (section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private void check(ConfigSection section) {
    if (minLr > lr) {
      section.report("min_lr", "must not be greater than --lr = " + lr);
    }
    if (lrWarmupInit > lr) {
      section.report("lr_warmup_init", "must not be greater than --lr = " + lr);
    }
    if (lrWarmupFraction.isPresent() && lrWarmupIters != 0) {
      section.report(
          "lr_warmup_iters",
          "cannot be given together with --lr-warmup-fraction = " + lrWarmupFraction.getAsDouble());
    }
    if (lrWarmupIters >= decayIters()) {
      section.report("lr_warmup_iters", "must be less than the decay iterations = " + decayIters());
    }
    checkWsd(section);
  }

  private void checkWsd(ConfigSection section) {
    if (lrDecayStyle != LrDecayStyle.WSD) {
      return;
    }
    if (lrWsdDecayIters.isEmpty()) {
      section.report("lr_wsd_decay_iters", "is required with --lr-decay-style = WSD");
    } else if (lrWsdDecayIters.getAsInt() > decayIters()) {
      section.report(
          "lr_wsd_decay_iters", "must not exceed the decay iterations = " + decayIters());
    }
  }

  /** Step at which the learning rate reaches its minimum. */
  public int decayIters() {
    return lrDecayIters.orElse(trainIters);
  }
}
