package io.sparkmm.data.image;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import java.util.Objects;

/** A picture cannot be used; says which one and in which of the known ways. */
public final class ImageException extends DataException {
  private static final long serialVersionUID = 1L;

  private final RejectReason reason;
  private final String detail;

  /**
   * An exception about one picture.
   *
   * @param reason the kind of defect, one of the {@code IMAGE_} reasons
   * @param name path of the picture
   * @param detail what is wrong, with the offending value
   */
  public ImageException(RejectReason reason, String name, String detail) {
    super(Kind.SOURCE, "Cannot use picture " + name + ": " + reason.description() + ": " + detail);
    this.reason = Objects.requireNonNull(reason, "reason");
    this.detail = name + ": " + detail;
  }

  /** An exception about one picture with the exception that caused it. */
  public ImageException(RejectReason reason, String name, Throwable cause) {
    super(
        Kind.SOURCE,
        "Cannot use picture " + name + ": " + reason.description() + ": " + cause,
        cause);
    this.reason = Objects.requireNonNull(reason, "reason");
    this.detail = name + ": " + cause;
  }

  /** The kind of defect. */
  public RejectReason reason() {
    return reason;
  }

  /** Path and defect, as a reject's detail. */
  public String detail() {
    return detail;
  }
}
