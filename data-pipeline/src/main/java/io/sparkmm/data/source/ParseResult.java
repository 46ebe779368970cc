package io.sparkmm.data.source;

import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Sample;
import java.util.Objects;

/** What became of one source record: a sample, or the reason why there is none. */
public sealed interface ParseResult {
  /** The record is usable so far. */
  record Parsed(Sample sample) implements ParseResult {
    public Parsed {
      Objects.requireNonNull(sample, "sample");
    }
  }

  /**
   * The record is to be left out.
   *
   * @param reason the kind of defect
   * @param detail the offending value
   */
  record Rejected(RejectReason reason, String detail) implements ParseResult {
    public Rejected {
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(detail, "detail");
    }
  }
}
