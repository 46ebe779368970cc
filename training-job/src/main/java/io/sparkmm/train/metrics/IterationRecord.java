package io.sparkmm.train.metrics;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Values of one iteration.
 *
 * @param iteration number of the iteration, from 1
 * @param trainIterations number of iterations of the run
 * @param consumedSamples samples that all workers together have taken so far
 * @param elapsedMillis wall time of the iteration
 * @param learningRate rate that was used in this iteration
 * @param globalBatchSize samples of the iteration over all workers
 * @param log values that the loss function reported, averaged over micro-batches and workers, in
 *     the order in which they are printed
 * @param lossScale factor of the loss; 1 without fp16
 * @param gradNorm L2 norm of all gradients before clipping
 * @param skipped whether the update was not applied
 */
public record IterationRecord(
    long iteration,
    long trainIterations,
    long consumedSamples,
    double elapsedMillis,
    double learningRate,
    long globalBatchSize,
    Map<String, Double> log,
    double lossScale,
    double gradNorm,
    boolean skipped)
    implements Serializable {
  public IterationRecord {
    log = Collections.unmodifiableMap(new LinkedHashMap<>(log));
  }
}
