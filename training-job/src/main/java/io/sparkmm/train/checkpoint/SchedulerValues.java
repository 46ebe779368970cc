package io.sparkmm.train.checkpoint;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What decides on learning rate and weight decay over a run, as checkpoints have it. Lengths are in
 * samples.
 *
 * @param maxLr peak
 * @param minLr floor
 * @param warmupSamples length of the warm-up, which may be a fraction
 * @param decaySamples sample at which the floor is reached
 * @param decayStyle shape after the warm-up, by its name among the launch arguments
 * @param decay weight decay over the run
 */
public record SchedulerValues(
    double maxLr,
    double minLr,
    double warmupSamples,
    double decaySamples,
    String decayStyle,
    WeightDecay decay)
    implements Serializable {

  /**
   * Weight decay over a run.
   *
   * @param start at the start
   * @param end at the end
   * @param style how it gets from one to the other
   * @param samples length of the run
   */
  public record WeightDecay(double start, double end, String style, double samples)
      implements Serializable {
    public WeightDecay {
      Objects.requireNonNull(style, "style");
    }

    /** The same weight decay at all times. */
    public static WeightDecay constant(double value, double samples) {
      return new WeightDecay(value, value, "constant", samples);
    }
  }

  public SchedulerValues {
    Objects.requireNonNull(decayStyle, "decayStyle");
    Objects.requireNonNull(decay, "decay");
  }

  /** Names, as Megatron's checkpoints have them, and values: numbers and texts. */
  Map<String, Object> named() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("max_lr", maxLr);
    values.put("min_lr", minLr);
    values.put("lr_warmup_steps", warmupSamples);
    values.put("lr_decay_steps", decaySamples);
    values.put("lr_decay_style", decayStyle);
    values.put("start_wd", decay.start());
    values.put("end_wd", decay.end());
    values.put("wd_incr_style", decay.style());
    values.put("wd_incr_steps", decay.samples());
    return values;
  }

  /**
   * These values with those that are stored put in their place.
   *
   * @param stored by name; names that are not known are left out
   */
  public SchedulerValues with(Map<String, Object> stored) {
    Map<String, Object> values = named();
    values.replaceAll((name, own) -> stored.getOrDefault(name, own));
    return new SchedulerValues(
        number(values, "max_lr"),
        number(values, "min_lr"),
        number(values, "lr_warmup_steps"),
        number(values, "lr_decay_steps"),
        String.valueOf(values.get("lr_decay_style")),
        new WeightDecay(
            number(values, "start_wd"),
            number(values, "end_wd"),
            String.valueOf(values.get("wd_incr_style")),
            number(values, "wd_incr_steps")));
  }

  private static double number(Map<String, Object> values, String name) {
    if (values.get(name) instanceof Number number) {
      return number.doubleValue();
    }
    throw new CheckpointException(
        CheckpointException.Kind.SCHEDULE,
        "Cannot resume: " + name + " of the stored schedule is no number: " + values.get(name));
  }

  /**
   * Where these values, those of the arguments, differ from stored ones.
   *
   * @return one text for each, with name, stored and current value
   */
  public List<String> differences(Map<String, Object> stored) {
    List<String> found = new ArrayList<>();
    named()
        .forEach(
            (name, own) -> {
              Object other = stored.get(name);
              boolean same =
                  other == null
                      || (own instanceof Number a && other instanceof Number b
                          ? a.doubleValue() == b.doubleValue()
                          : own.equals(other));
              if (!same) {
                found.add(name + " is " + other + " in the checkpoint and " + own + " now");
              }
            });
    return found;
  }
}
