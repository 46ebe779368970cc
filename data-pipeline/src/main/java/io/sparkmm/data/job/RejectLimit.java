package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.RejectSummary;
import java.util.List;
import java.util.Locale;

/**
 * Decides whether too many records were rejected.
 *
 * @param records source records in all
 * @param maxRate the share of them that may be rejected
 */
record RejectLimit(long records, double maxRate) {
  /** Whether so many rejects are too many, whatever becomes of the other records. */
  boolean isExceededBy(long rejected) {
    return (double) rejected / records > maxRate;
  }

  /**
   * Checks the rejects of a whole preparation.
   *
   * @throws DataException of kind {@code SOURCE} if there are too many; the message explains them
   */
  void check(List<RejectSummary> rejects) {
    long rejected = count(rejects);
    if (isExceededBy(rejected)) {
      throw failure(
          String.format(
              Locale.ROOT,
              "%,d of %,d records (%.2f %%) were rejected",
              rejected,
              records,
              100.0 * rejected / records),
          rejects);
    }
  }

  /** The failure of a preparation that was ended before it had seen all records. */
  DataException early(List<RejectSummary> rejects) {
    return failure(
        String.format(
            Locale.ROOT,
            "%,d of %,d records were rejected before all of them were read",
            count(rejects),
            records),
        rejects);
  }

  /** The failure of a preparation that leaves no sample to train on. */
  static DataException nothingLeft(List<RejectSummary> rejects) {
    return new RejectedException(
        "Cannot prepare: no record is left to train on\n"
            + PrepareReport.rejects("rejected", rejects));
  }

  private DataException failure(String numbers, List<RejectSummary> rejects) {
    return new RejectedException(
        String.format(
            Locale.ROOT,
            "Cannot prepare: %s, at most %.2f %% are allowed; mend the data or raise"
                + " --max-reject-rate\n%s",
            numbers,
            100 * maxRate,
            PrepareReport.rejects("rejected", rejects)));
  }

  private static long count(List<RejectSummary> rejects) {
    return rejects.stream().mapToLong(RejectSummary::count).sum();
  }
}
