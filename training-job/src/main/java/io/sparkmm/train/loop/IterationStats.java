package io.sparkmm.train.loop;

import io.sparkmm.train.metrics.TimeSplit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one iteration did. Values other than times are the same on every rank.
 *
 * @param iteration counted from 1
 * @param consumedSamples samples trained on so far, this iteration included
 * @param learningRate rate that the iteration used
 * @param globalBatchSize samples of the iteration
 * @param loss mean over ranks and micro-batches of the losses
 * @param log values of the loss function, means over the micro-batches, in its order
 * @param gradientNorm norm before clipping
 * @param tokens tokens of the iteration without padding, over all ranks
 * @param targetTokens supervised tokens of the iteration, over all ranks
 * @param times where this rank's time went
 */
public record IterationStats(
    long iteration,
    long consumedSamples,
    double learningRate,
    int globalBatchSize,
    double loss,
    Map<String, Double> log,
    double gradientNorm,
    long tokens,
    long targetTokens,
    TimeSplit times) {
  public IterationStats {
    log = Collections.unmodifiableMap(new LinkedHashMap<>(log));
  }
}
