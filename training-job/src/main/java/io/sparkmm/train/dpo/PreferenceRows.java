package io.sparkmm.train.dpo;

import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.model.ModelException;
import java.util.List;

/** Checks that the rows of a micro-batch are pairs: all chosen answers, then all rejected ones. */
public final class PreferenceRows {
  private PreferenceRows() {}

  /**
   * Checks.
   *
   * @throws ModelException with the samples if the number of rows is odd, or a row of the second
   *     half belongs to another sample than that of the first half
   */
  public static void require(HostBatch batch) {
    List<String> samples = batch.sampleIds();
    int pairs = batch.rows() / 2;
    if (batch.rows() % 2 != 0 || pairs == 0) {
      throw refuse("it has " + batch.rows() + " rows, of samples " + samples);
    }
    for (int pair = 0; pair < pairs && samples.size() == batch.rows(); pair++) {
      if (!samples.get(pair).equals(samples.get(pairs + pair))) {
        throw refuse(
            String.format(
                "row %d is of sample %s, row %d of sample %s",
                pair, samples.get(pair), pairs + pair, samples.get(pairs + pair)));
      }
    }
  }

  private static ModelException refuse(String reason) {
    return new ModelException(
        ModelException.Kind.BATCH,
        "Cannot compare preferences in a micro-batch: "
            + reason
            + "; every sample needs a chosen and a rejected answer, all chosen ones first");
  }
}
