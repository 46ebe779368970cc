package io.sparkmm.convert.cli;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.args.Settings;
import io.sparkmm.convert.plan.ConversionPlan;
import java.util.function.Function;

/** Ways from settings to plans; the only place that knows who makes them. */
final class Planners {
  private Planners() {}

  /** For a command whose plan nobody can make yet. */
  static Function<Settings, ConversionPlan> notAvailable(String title) {
    return settings -> {
      throw ConvertException.usage(title + " is not available in this version");
    };
  }
}
