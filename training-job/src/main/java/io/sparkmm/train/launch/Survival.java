package io.sparkmm.train.launch;

import io.sparkmm.train.fault.FaultPlan;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;

/**
 * What a run survives, and what it has to survive. Settings that are absent come from the Spark
 * application, then from defaults.
 *
 * @param maxRestarts attempts after failures in a row, without a new checkpoint between them
 * @param faults faults to happen, as text of a {@link FaultPlan}
 */
public record Survival(OptionalInt maxRestarts, Optional<String> faults) {
  /** Nothing was said. */
  public static final Survival DEFAULT = new Survival(OptionalInt.empty(), Optional.empty());

  /** Option of the command line for {@link #maxRestarts}. */
  static final String MAX_RESTARTS = "--max-restarts";

  /** Option of the command line for {@link #faults}. */
  static final String FAULT_PLAN = "--fault-plan";

  static final String FAULT_PLAN_VARIABLE = "SPARKMM_FAULT_PLAN";
  static final String MAX_RESTARTS_KEY = "spark.sparkmm.maxRestarts";
  static final String FAULT_PLAN_KEY = "spark.sparkmm.faultPlan";
  static final String SLOTS_TIMEOUT = "spark.sparkmm.slotsTimeout";
  static final String STALL_TIMEOUT = "spark.sparkmm.stallTimeout";

  private static final int DEFAULT_RESTARTS = 3;

  public Survival {
    Objects.requireNonNull(maxRestarts, "maxRestarts");
    Objects.requireNonNull(faults, "faults");
  }

  /**
   * Reads what the command line and the environment say.
   *
   * @param options values of {@link #MAX_RESTARTS} and {@link #FAULT_PLAN}, where they are given
   * @throws IllegalArgumentException if a value is wrong
   */
  static Survival read(Map<String, String> options, Map<String, String> environment) {
    OptionalInt restarts = OptionalInt.empty();
    if (options.containsKey(MAX_RESTARTS)) {
      restarts = OptionalInt.of(count(MAX_RESTARTS, options.get(MAX_RESTARTS)));
    }
    Optional<String> faults =
        Optional.ofNullable(options.get(FAULT_PLAN))
            .or(() -> Optional.ofNullable(environment.get(FAULT_PLAN_VARIABLE)))
            .filter(text -> !text.isBlank());
    faults.ifPresent(FaultPlan::parse);
    return new Survival(restarts, faults);
  }

  /** Restarts in a row without progress. */
  int maxRestarts(SparkConf conf) {
    if (maxRestarts.isPresent()) {
      return maxRestarts.getAsInt();
    }
    return conf.contains(MAX_RESTARTS_KEY)
        ? count(MAX_RESTARTS_KEY, conf.get(MAX_RESTARTS_KEY))
        : DEFAULT_RESTARTS;
  }

  /** The faults of the run. */
  FaultPlan faultPlan(SparkConf conf) {
    return faults
        .or(() -> Optional.of(conf.get(FAULT_PLAN_KEY, "")))
        .map(FaultPlan::parse)
        .orElseThrow();
  }

  /**
   * How long the run waits for what.
   *
   * @param stall longest time without progress, where the application does not say another
   */
  static Patience patience(SparkConf conf, Duration stall) {
    return Patience.DEFAULT
        .withStall(
            Duration.ofSeconds(conf.getTimeAsSeconds(STALL_TIMEOUT, stall.toSeconds() + "s")))
        .withSlots(
            Duration.ofSeconds(
                conf.getTimeAsSeconds(SLOTS_TIMEOUT, Patience.DEFAULT.slots().toSeconds() + "s")));
  }

  private static int count(String key, String value) {
    try {
      int count = Integer.parseInt(value);
      if (count >= 0) {
        return count;
      }
    } catch (NumberFormatException e) {
      // Refused below like a number below zero.
    }
    throw new IllegalArgumentException(
        "Cannot use " + key + " = '" + value + "': it must be a whole number of at least 0");
  }
}
