package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;

/** Too many records were left out. What is finished must not be kept: records may be mended. */
final class RejectedException extends DataException {
  private static final long serialVersionUID = 1L;

  RejectedException(String message) {
    super(Kind.SOURCE, message);
  }
}
