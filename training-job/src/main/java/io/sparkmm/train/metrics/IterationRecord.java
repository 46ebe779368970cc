package io.sparkmm.train.metrics;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Values of one iteration.
 *
 * @param iteration number of the iteration, from 1
 * @param trainIterations number of iterations of the run
 * @param consumedSamples samples that all workers together have taken so far
 * @param learningRate rate that was used in this iteration
 * @param globalBatchSize samples of the iteration over all workers
 * @param log values that the loss function reported, averaged over micro-batches and workers, in
 *     the order in which they are printed
 * @param lossScale factor of the loss; 1 without fp16
 * @param gradNorm L2 norm of all gradients before clipping
 * @param skipped whether the update was not applied
 * @param tokens tokens of the iteration without padding, over all workers
 * @param targetTokens supervised tokens of the iteration, over all workers
 * @param times where the time of rank 0 went
 */
public record IterationRecord(
    long iteration,
    long trainIterations,
    long consumedSamples,
    double learningRate,
    long globalBatchSize,
    Map<String, Double> log,
    double lossScale,
    double gradNorm,
    boolean skipped,
    long tokens,
    long targetTokens,
    TimeSplit times)
    implements Serializable {
  public IterationRecord {
    log = Collections.unmodifiableMap(new LinkedHashMap<>(log));
    Objects.requireNonNull(times, "times");
  }

  /** Wall time of the iteration. */
  public double elapsedMillis() {
    return times.total();
  }

  /** Whether a value of the loss function is not a number. */
  public boolean nan() {
    return log.values().stream().anyMatch(value -> value.isNaN());
  }
}
