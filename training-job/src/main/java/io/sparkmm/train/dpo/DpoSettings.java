package io.sparkmm.train.dpo;

import java.io.Serializable;

/**
 * Numbers of the loss.
 *
 * @param beta weight of the distance to the reference, greater than 0
 * @param labelSmoothing share of pairs that are taken to be the wrong way round, in [0, 0.5]
 * @param ftx weight of the fine-tuning loss on chosen answers, at least 0
 */
public record DpoSettings(double beta, double labelSmoothing, double ftx) implements Serializable {
  public DpoSettings {
    if (!(beta > 0) || !(labelSmoothing >= 0 && labelSmoothing <= 0.5) || !(ftx >= 0)) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot compare preferences with beta %s, label smoothing %s and ftx %s: beta must be"
                  + " greater than 0, label smoothing in [0, 0.5], ftx at least 0",
              beta, labelSmoothing, ftx));
    }
  }
}
