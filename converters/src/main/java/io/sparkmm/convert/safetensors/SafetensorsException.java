package io.sparkmm.convert.safetensors;

import java.nio.file.Path;

/** A checkpoint file or folder that cannot be read or written; the message says why and where. */
public final class SafetensorsException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Every way in which reading or writing can fail. */
  public enum Kind {
    /** The operating system refused; the cause tells. */
    IO,
    /** Fewer than 8 bytes. */
    FILE_TOO_SHORT,
    /** The header length exceeds 100,000,000 bytes. */
    HEADER_TOO_LARGE,
    /** The header length points past the end of the file. */
    HEADER_PAST_END,
    /** The header is not UTF-8. */
    HEADER_NOT_UTF8,
    /** The header is not one JSON object. */
    HEADER_NOT_JSON,
    /** A name, or a key of an entry, stands twice in the header or in the declaration. */
    DUPLICATE_NAME,
    /** {@code __metadata__} is not a map from string to string. */
    BAD_METADATA,
    /** An entry lacks a key, or a key has a value of the wrong type. */
    BAD_ENTRY,
    /** An element type that this library does not know. */
    UNKNOWN_DTYPE,
    /** The product of the shape and the element size exceeds 63 bits. */
    SIZE_OVERFLOW,
    /** An end before its begin. */
    BAD_OFFSETS,
    /** The byte range is not as long as shape and element type say. */
    SIZE_MISMATCH,
    /** The first byte range does not begin at 0, or bytes between two ranges belong to none. */
    GAP,
    /** Two byte ranges share bytes. */
    OVERLAP,
    /** The last byte range ends past the end of the file. */
    DATA_PAST_END,
    /** Bytes after the last byte range. */
    TRAILING_BYTES,
    /** No tensor of that name. */
    UNKNOWN_TENSOR,
    /** A piece of a tensor that lies outside it, or is too large for one buffer. */
    BAD_RANGE,
    /** More bytes written to a tensor than declared. */
    TOO_MANY_BYTES,
    /** Fewer bytes written to a tensor than declared. */
    TOO_FEW_BYTES,
    /** A file of shards, the index, is not as it must be. */
    BAD_INDEX,
    /** The index, or the numbering of the files, names files that are not there. */
    MISSING_SHARD,
    /** The index names tensors that the shards do not hold. */
    INDEX_MISMATCH,
    /** A folder without any safetensors file. */
    NO_CHECKPOINT,
    /** A folder that already holds a checkpoint. */
    TARGET_EXISTS,
    /** Used after close or commit. */
    CLOSED
  }

  private final Kind kind;
  private final Path path;

  SafetensorsException(Kind kind, Path path, String message) {
    super(message);
    this.kind = kind;
    this.path = path;
  }

  SafetensorsException(Kind kind, Path path, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.path = path;
  }

  static SafetensorsException cannotRead(Kind kind, Path path, String reason) {
    return new SafetensorsException(kind, path, "Cannot read " + path + ": " + reason);
  }

  static SafetensorsException cannotWrite(Kind kind, Path path, String reason) {
    return new SafetensorsException(kind, path, "Cannot write " + path + ": " + reason);
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** The file or folder concerned. */
  public Path path() {
    return path;
  }
}
