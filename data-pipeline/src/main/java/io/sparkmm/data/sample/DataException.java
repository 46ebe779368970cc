package io.sparkmm.data.sample;

import java.util.Objects;

/**
 * A failure of the data side that is not the fault of a single record; the defects of records are
 * {@link RejectReason}s.
 */
public class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Where the fault lies, which is also who can mend it. */
  public enum Kind {
    /** A setting has a value that is wrong or not supported. */
    SETTING,
    /** A file of the checkpoint folder is missing, damaged or of an unknown kind. */
    CHECKPOINT,
    /** A source of records or a picture cannot be read. */
    SOURCE,
    /** A data set folder is missing, damaged, or stands where a new one should go. */
    DATASET
  }

  private final Kind kind;

  /** An exception of this kind; {@code message} says what cannot be done, why, and what helps. */
  public DataException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** An exception with the exception that caused it. */
  public DataException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** Where the fault lies. */
  public Kind kind() {
    return kind;
  }
}
