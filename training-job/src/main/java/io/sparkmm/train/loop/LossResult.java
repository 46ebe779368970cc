package io.sparkmm.train.loop;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.bytedeco.pytorch.Tensor;

/**
 * What a loss function returns for one micro-batch: a mean, or a sum with the number of terms.
 *
 * <p>A mean counts with the weight 1 / (micro-batches × ranks). A sum is divided by its own number
 * of tokens and then counts like a mean; with {@link TrainerSettings.Options#perTokenLoss} all sums
 * of an iteration are instead divided by all their tokens together.
 *
 * @param loss scalar that still has its graph
 * @param tokens number of terms where {@code loss} is a sum; empty where it is a mean
 * @param log values for the log line, in order, already reduced over the data-parallel group. The
 *     trainer adds {@code loss} at the end unless a name ends in that word
 */
public record LossResult(Tensor loss, OptionalLong tokens, Map<String, Double> log) {
  /** Name of the reported loss. */
  static final String LOSS = "loss";

  public LossResult {
    Objects.requireNonNull(loss, "loss");
    Objects.requireNonNull(tokens, "tokens");
    log = Collections.unmodifiableMap(new LinkedHashMap<>(log));
  }

  /** A mean with values for the log line. */
  public LossResult(Tensor loss, Map<String, Double> log) {
    this(loss, OptionalLong.empty(), log);
  }

  /** A mean, and nothing else to report. */
  public static LossResult mean(Tensor loss) {
    return new LossResult(loss, Map.of());
  }

  /** A sum over a number of tokens. */
  public static LossResult sum(Tensor sum, long tokens) {
    return new LossResult(sum, OptionalLong.of(tokens), Map.of());
  }

  /** The same loss with one more value for the log line, behind those it has. */
  public LossResult with(String name, double value) {
    Map<String, Double> more = new LinkedHashMap<>(log);
    more.put(name, value);
    return new LossResult(loss, tokens, more);
  }

  /** Whether a log value is a loss, by its name. */
  static boolean isLoss(String name) {
    return name.equals(LOSS) || name.endsWith(" " + LOSS);
  }
}
