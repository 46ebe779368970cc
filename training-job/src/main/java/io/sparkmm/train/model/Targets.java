package io.sparkmm.train.model;

import java.util.Objects;
import org.bytedeco.pytorch.Tensor;

/**
 * What a micro-batch asks a language model to predict.
 *
 * @param ids {@code [n]} int64, the labels already shifted, none of them ignored
 * @param rows {@code [n]} int64, index in the micro-batch of the sequence that the target is in
 * @param batchRows sequences in the micro-batch
 */
public record Targets(Tensor ids, Tensor rows, int batchRows) {
  public Targets {
    Objects.requireNonNull(ids, "ids");
    Objects.requireNonNull(rows, "rows");
  }

  /** Number of targets. */
  public long count() {
    return ids.numel();
  }
}
