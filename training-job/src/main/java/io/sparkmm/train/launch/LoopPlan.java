package io.sparkmm.train.launch;

import io.sparkmm.conf.NamedValue;
import io.sparkmm.conf.OptimizerType;
import io.sparkmm.train.checkpoint.SchedulerValues;
import io.sparkmm.train.loop.TrainerSettings;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrDecayStyle;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.optim.OptimizerSettings;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.optim.SgdSettings;
import io.sparkmm.train.optim.WsdDecay;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Length, learning rate and update rule of a run, as they travel to the workers.
 *
 * @param iterations optimizer steps
 * @param globalBatch samples of one step over all workers
 * @param rate learning rate over the run
 * @param optimizer update rule
 * @param evaluation when to validate
 * @param seed seed of everything random
 * @param deterministic whether only repeatable kernels may be used
 */
public record LoopPlan(
    int iterations,
    int globalBatch,
    Rate rate,
    Optimizer optimizer,
    Evaluation evaluation,
    long seed,
    boolean deterministic)
    implements Serializable {
  /**
   * When to validate.
   *
   * @param interval iterations between validations
   * @param rounds global batches of a validation; 0 for none
   */
  public record Evaluation(int interval, int rounds) implements Serializable {}

  /**
   * Learning rate over the run.
   *
   * @param style shape after the warm-up
   * @param lr peak
   * @param minLr floor
   * @param warmupInit rate at the start
   * @param warmupFraction warm-up as a share of the decay; 0 when given in iterations
   * @param warmupIterations warm-up in iterations
   * @param decayIterations iteration at which the floor is reached
   * @param wsdStyle shape of the last stretch of a WSD schedule
   * @param wsdIterations its length; 0 without one
   */
  public record Rate(
      LrDecayStyle style,
      double lr,
      double minLr,
      double warmupInit,
      double warmupFraction,
      int warmupIterations,
      int decayIterations,
      WsdDecay.Style wsdStyle,
      int wsdIterations)
      implements Serializable {
    /** The same rate with peak, floor and shape of a stored schedule. */
    Rate with(SchedulerValues stored) {
      return new Rate(
          style(stored.decayStyle()),
          stored.maxLr(),
          stored.minLr(),
          warmupInit,
          0,
          0,
          decayIterations,
          wsdStyle,
          wsdIterations);
    }

    private static LrDecayStyle style(String text) {
      return NamedValue.find(io.sparkmm.conf.LrDecayStyle.class, text)
          .map(found -> LrDecayStyle.valueOf(found.name()))
          .orElseThrow(
              () ->
                  new LaunchException(
                      LaunchException.Kind.SETTINGS,
                      "Cannot follow the stored schedule: lr_decay_style is " + text));
    }

    LrSettings settings() {
      return new LrSettings(
          style,
          lr,
          minLr,
          new LrSettings.Warmup(warmupInit, warmupFraction, warmupIterations),
          OptionalInt.of(decayIterations),
          wsdIterations == 0
              ? Optional.empty()
              : Optional.of(new WsdDecay(wsdStyle, wsdIterations)));
    }
  }

  /**
   * Update rule.
   *
   * @param type kind of rule
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon term added to the root of the second moment
   * @param weightDecay decoupled weight decay
   * @param noDecay parts of parameter names without weight decay
   * @param scaled parts of parameter names whose rate is multiplied
   * @param scale the multiplier
   * @param clipGrad largest gradient norm; 0 for no limit
   * @param dummy whether a worker may have nothing to train
   * @param decaysMatricesOnly whether biases and other vectors do not decay, whatever their names
   */
  public record Optimizer(
      OptimizerType type,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      List<String> noDecay,
      List<String> scaled,
      double scale,
      double clipGrad,
      boolean dummy,
      boolean decaysMatricesOnly)
      implements Serializable {
    public Optimizer {
      noDecay = List.copyOf(noDecay);
      scaled = List.copyOf(scaled);
    }

    OptimizerSettings settings() {
      return switch (type) {
        case ADAM -> new AdamWSettings(beta1, beta2, epsilon, weightDecay);
        case SGD -> new SgdSettings(SgdSettings.DEFAULT_MOMENTUM, weightDecay);
        case MUON -> throw new IllegalStateException("Cannot train with muon");
      };
    }
  }

  /**
   * The settings as the trainer wants them.
   *
   * @param perTokenLoss whether losses that are sums are divided by all tokens of an iteration
   */
  TrainerSettings settings(boolean perTokenLoss) {
    ParameterRule rule =
        optimizer.decaysMatricesOnly()
            ? ParameterRule.decayMatricesOnly()
            : ParameterRule.excluding(optimizer.noDecay());
    return new TrainerSettings(
            iterations,
            globalBatch,
            LrSchedule.create(rate.settings(), iterations, globalBatch),
            optimizer.settings(),
            optimizer.scaled().isEmpty()
                ? rule
                : rule.scalingLr(optimizer.scaled(), optimizer.scale()),
            optimizer.clipGrad())
        .with(
            new TrainerSettings.Options(
                perTokenLoss,
                optimizer.dummy(),
                new TrainerSettings.EvaluationSettings(
                    evaluation.interval(), evaluation.rounds())));
  }
}
