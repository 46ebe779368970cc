package io.sparkmm.train.optim;

import io.sparkmm.train.nn.Parameter;
import java.util.List;
import java.util.Locale;

/** How the optimizer treats a parameter. */
@FunctionalInterface
public interface ParameterRule {
  /**
   * A parameter's factors.
   *
   * @param decays whether weight decay applies
   * @param lrMultiplier factor of the learning rate
   */
  record Treatment(boolean decays, double lrMultiplier) {}

  /** The treatment of a parameter, whose name and full shape may be looked at. */
  Treatment of(Parameter parameter);

  /**
   * Fine-tuning rule: everything decays, biases and norms included, but for parameters whose name
   * contains one of the words, in whatever case.
   */
  static ParameterRule excluding(List<String> words) {
    List<String> lower = words.stream().map(word -> word.toLowerCase(Locale.ROOT)).toList();
    return parameter -> {
      String name = parameter.name().toLowerCase(Locale.ROOT);
      return new Treatment(lower.stream().noneMatch(name::contains), 1.0);
    };
  }

  /** Weight decay for parameters of two and more dimensions that are no bias, and no others. */
  static ParameterRule decayMatricesOnly() {
    return parameter ->
        new Treatment(parameter.shape().length > 1 && !parameter.name().endsWith(".bias"), 1.0);
  }

  /** This rule, with the learning rate of parameters multiplied whose name contains a word. */
  default ParameterRule scalingLr(List<String> words, double multiplier) {
    List<String> kept = List.copyOf(words);
    return parameter -> {
      Treatment treatment = of(parameter);
      boolean scaled = kept.stream().anyMatch(parameter.name()::contains);
      return scaled
          ? new Treatment(treatment.decays(), treatment.lrMultiplier() * multiplier)
          : treatment;
    };
  }
}
