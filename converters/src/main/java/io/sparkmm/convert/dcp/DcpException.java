package io.sparkmm.convert.dcp;

import java.io.IOException;
import java.nio.file.Path;

/** A distributed checkpoint that cannot be read or written; the message names file and key. */
public final class DcpException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Every way in which reading or writing can fail. */
  public enum Kind {
    /** A file cannot be opened, read or listed. */
    IO,
    /** The folder holds no {@code .metadata}. */
    NO_CHECKPOINT,
    /** The metadata is no pickle of a checkpoint's metadata. */
    BAD_METADATA,
    /** The checkpoint uses a feature that is not supported, such as compressed items. */
    UNSUPPORTED,
    /** The chunks of a tensor do not cover it exactly once. */
    BAD_CHUNKS,
    /** A key's data does not lie inside a file of the folder. */
    BAD_PLACE,
    /** A file that the metadata names is missing. */
    MISSING_FILE,
    /** An item is no archive with the tensor that the metadata promise. */
    BAD_ITEM,
    /** A key that the checkpoint does not have. */
    UNKNOWN_KEY,
    /** Parts that cannot be one checkpoint, such as two tensors under one key. */
    CONFLICT
  }

  private final Kind kind;

  private DcpException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  static DcpException cannotRead(Kind kind, Path path, String reason) {
    return cannotRead(kind, path, reason, null);
  }

  static DcpException cannotRead(Kind kind, Path path, String reason, Throwable cause) {
    return new DcpException(kind, "Cannot read " + path + ": " + reason, cause);
  }

  static DcpException badMetadata(String reason) {
    return new DcpException(Kind.BAD_METADATA, reason, null);
  }

  static DcpException badMetadata(String reason, Throwable cause) {
    return new DcpException(Kind.BAD_METADATA, reason, cause);
  }

  static DcpException io(Path path, IOException e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return cannotRead(Kind.IO, path, reason, e);
  }

  static DcpException of(Kind kind, String reason) {
    return new DcpException(kind, reason, null);
  }

  /** The same failure with what could not be done because of it. */
  DcpException because(String consequence) {
    return new DcpException(kind, consequence + ": " + getMessage(), this);
  }

  /** Which way it failed. */
  public Kind kind() {
    return kind;
  }
}
