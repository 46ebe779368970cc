package io.sparkmm.data.sample;

import java.io.Serializable;
import java.util.Objects;

/**
 * A record that was left out, and why.
 *
 * @param source name of the file or table that the record stands in
 * @param record number of the record in the source, counted from 0
 * @param reason the kind of defect, for counting
 * @param detail the offending value or path, for the person who mends the data
 */
public record RejectedSample(String source, long record, RejectReason reason, String detail)
    implements Serializable {
  public RejectedSample {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(detail, "detail");
  }

  /** A reject of the record that {@code id} names. */
  public static RejectedSample of(RecordId id, RejectReason reason, String detail) {
    return new RejectedSample(id.source(), id.record(), reason, detail);
  }

  /** One line for a log or a report. */
  public String message() {
    return "Cannot use record "
        + record
        + " of "
        + source
        + ": "
        + reason.description()
        + ": "
        + detail;
  }
}
