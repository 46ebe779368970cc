package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import java.util.Locale;

/** Decides whether too many records were rejected. */
final class RejectLimit {
  private RejectLimit() {}

  /**
   * @throws DataException of kind {@code SOURCE} if more than the tolerated share was rejected, or
   *     no sample to train on is left; the message explains the rejects
   */
  static void check(ShardManifest manifest, PrepareInputs inputs, double maxRate) {
    long records = inputs.records();
    double rate = (double) manifest.rejected() / records;
    if (rate > maxRate) {
      throw new DataException(
          DataException.Kind.SOURCE,
          String.format(
              Locale.ROOT,
              "Cannot prepare: %,d of %,d records (%.2f %%) were rejected, at most %.2f %% are"
                  + " allowed; mend the data or raise --max-reject-rate\n%s",
              manifest.rejected(),
              records,
              100 * rate,
              100 * maxRate,
              PrepareReport.rejects(manifest)));
    }
    if (manifest.rows(Split.TRAIN) == 0) {
      throw new DataException(
          DataException.Kind.SOURCE,
          "Cannot prepare: no record is left to train on\n" + PrepareReport.rejects(manifest));
    }
  }
}
