package io.sparkmm.conf;

/** Counters of a profile, {@code profile.static_param.aic_metrics_type}. */
public enum AicMetricsType implements NamedValue {
  /** Use of the pipes. */
  PIPE_UTILIZATION("PipeUtilization"),
  /** Use of the arithmetic units. */
  ARITHMETIC_UTILIZATION("ArithmeticUtilization");

  private final String text;

  AicMetricsType(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
