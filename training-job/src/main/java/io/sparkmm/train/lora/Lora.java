package io.sparkmm.train.lora;

import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.LowRankAdapter;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The adapters of a model. */
public final class Lora {
  private Lora() {}

  /**
   * Declares the adapters of a model and freezes everything else. To be called before the model is
   * sharded, and after modules that must not be adapted are frozen. Does nothing to a model that
   * has adapters, or if there are to be none.
   *
   * @throws ModelException naming the words that select no layer
   */
  public static void apply(TrainableModel model, LoraSettings settings) {
    if (!settings.isOn() || isIn(model)) {
      return;
    }
    Map<String, Linear> targets = LoraTargets.select(model, settings.targets());
    model.namedParameters().values().forEach(Parameter::freeze);
    targets.values().forEach(linear -> linear.adapt(settings.adapter()));
    model.nameParameters();
  }

  /** Whether a model has adapters. */
  public static boolean isIn(TrainableModel model) {
    return model.namedParameters().values().stream().anyMatch(each -> each.role().isAdapter());
  }

  /** Paths of the layers with adapters, in definition order. */
  public static List<String> targets(TrainableModel model) {
    return model.namedModules().entrySet().stream()
        .filter(entry -> adapter(entry.getValue()).isPresent())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Computes with the model as it is without its adapters. */
  public static <T> T without(TrainableModel model, Supplier<T> computation) {
    enable(model, false);
    try {
      return computation.get();
    } finally {
      enable(model, true);
    }
  }

  /**
   * Makes the outputs of modules require a gradient, so that modules behind them take part in the
   * backward pass although nothing before their adapters is trained. Parts of the model without
   * adapters are left alone. To be called before the model is sharded.
   */
  public static void requireGradients(TrainableModel model, LoraSettings settings) {
    Set<String> adapted = new LinkedHashSet<>();
    targets(model).forEach(path -> adapted.add(part(path)));
    for (String word : settings.gradientModules()) {
      LoraTargets.matches(model, word)
          .forEach(
              (path, module) -> {
                if (adapted.contains(part(path))) {
                  module.intercept(new RequiredGradient());
                }
              });
    }
  }

  private static String part(String path) {
    return path.split("\\.", 2)[0];
  }

  private static void enable(TrainableModel model, boolean on) {
    model.namedModules().values().forEach(module -> adapter(module).ifPresent(a -> a.enable(on)));
  }

  private static Optional<LowRankAdapter> adapter(Module module) {
    return module instanceof Linear linear ? linear.adapter() : Optional.empty();
  }
}
