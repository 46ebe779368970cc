package io.sparkmm.data.source;

import io.sparkmm.data.sample.RejectReason;

/** Leaves the parsing of a record; caught in the parser, so that callers see a result. */
final class RecordDefect extends Exception {
  private static final long serialVersionUID = 1L;

  private final RejectReason reason;

  RecordDefect(RejectReason reason, String detail) {
    // No stack trace: a defect is an expected outcome and may occur once per record.
    super(detail, null, false, false);
    this.reason = reason;
  }

  ParseResult.Rejected toResult() {
    return new ParseResult.Rejected(reason, getMessage());
  }
}
