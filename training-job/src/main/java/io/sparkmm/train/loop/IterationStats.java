package io.sparkmm.train.loop;

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
    long targetTokens,
    Times times) {
  /**
   * Time of an iteration on one rank, in milliseconds.
   *
   * @param total wall time of the iteration
   * @param data waiting for batches and moving them to the device
   * @param forward model and loss, with waiting for other ranks
   * @param backward gradients and their exchange
   * @param optimizer norm, clipping and update
   */
  public record Times(
      double total, double data, double forward, double backward, double optimizer) {}

  public IterationStats {
    log = Collections.unmodifiableMap(new LinkedHashMap<>(log));
  }
}
