package io.sparkmm.convert.torch;

import java.nio.file.Path;

/** A {@code .pt} file that cannot be read or written; the message says why and where. */
public final class TorchException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Every way in which reading or writing can fail. */
  public enum Kind {
    /** The operating system refused; the cause tells. */
    IO,
    /** Something else than a file of torch.save. */
    NOT_TORCH,
    /** A file of torch.save in the format before zip. */
    LEGACY,
    /** A compiled program, not weights. */
    TORCH_SCRIPT,
    /** The file begins as a zip archive and has no end of one. */
    TRUNCATED,
    /** A record of the archive is not as it must be. */
    BAD_ZIP,
    /** An entry that is compressed or encrypted. */
    NOT_STORED,
    /** An entry outside of the archive's data, or two entries that share bytes. */
    OVERLAP,
    /** A name that is no plain relative path, or lacks the common first folder. */
    BAD_NAME,
    /** A name that stands twice. */
    DUPLICATE_NAME,
    /** An entry that must be there and is not. */
    MISSING_RECORD,
    /** A version of the format that is not known. */
    BAD_VERSION,
    /** Elements with the highest byte first. */
    BYTE_ORDER,
    /** The bytes of an entry are not those that were written. */
    CHECKSUM,
    /** Larger than the limits allow. */
    TOO_LARGE,
    /** The pickle cannot be read, or describes impossible tensors. */
    BAD_PICKLE,
    /** The object is not of the type asked for. */
    WRONG_TYPE,
    /** The checkpoint has no such key. */
    MISSING_KEY,
    /** A tensor that is read but cannot be converted. */
    UNSUPPORTED_TENSOR,
    /** A file that cannot be written as declared. */
    BAD_LAYOUT
  }

  private final Kind kind;
  private final Path path;

  TorchException(Kind kind, Path path, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.path = path;
  }

  static TorchException cannotRead(Kind kind, Path path, String reason) {
    return cannotRead(kind, path, reason, null);
  }

  static TorchException cannotRead(Kind kind, Path path, String reason, Throwable cause) {
    return new TorchException(kind, path, "Cannot read " + path + ": " + reason, cause);
  }

  static TorchException cannotWrite(Kind kind, Path path, String reason, Throwable cause) {
    return new TorchException(kind, path, "Cannot write " + path + ": " + reason, cause);
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** The file concerned. */
  public Path path() {
    return path;
  }
}
