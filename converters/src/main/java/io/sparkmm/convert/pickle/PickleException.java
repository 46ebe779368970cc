package io.sparkmm.convert.pickle;

import java.util.Optional;
import java.util.OptionalInt;

/** A pickle that cannot be read or written; the message says why and at which byte. */
public final class PickleException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Every way in which reading or writing can fail. */
  public enum Kind {
    /** The first bytes are not those of a pickle of protocol 2 to 5. */
    PROTOCOL,
    /** The pickle ends inside an instruction, or without STOP. */
    TRUNCATED,
    /** Bytes after STOP. */
    TRAILING_BYTES,
    /** A byte that is no instruction of any protocol. */
    UNKNOWN_OPCODE,
    /** An instruction that is not supported, on purpose. */
    UNSUPPORTED_OPCODE,
    /** An instruction takes more values than there are, or finds no mark. */
    STACK,
    /** A value of the wrong type for an instruction. */
    BAD_OPERAND,
    /** A text that is not UTF-8. */
    BAD_TEXT,
    /** A reference to a value that was not remembered. */
    BAD_MEMO,
    /** A key that cannot be one. */
    BAD_KEY,
    /** The dialect refuses the arguments of a global that it knows, or a persistent id. */
    REFUSED,
    /** Longer or more than the limits allow. */
    TOO_LARGE,
    /** A value that the writer cannot write. */
    NOT_WRITABLE
  }

  private final Kind kind;
  private final int offset;
  private final String opcode;

  private PickleException(Kind kind, int offset, String opcode, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.offset = offset;
    this.opcode = opcode;
  }

  static PickleException cannotRead(Kind kind, int offset, String reason) {
    return new PickleException(
        kind, offset, "", "Cannot read pickle at byte " + offset + ": " + reason, null);
  }

  static PickleException cannotRead(
      Kind kind, int offset, Opcode opcode, String reason, Throwable cause) {
    return new PickleException(
        kind,
        offset,
        opcode.name(),
        "Cannot read pickle at byte " + offset + ", opcode " + opcode + ": " + reason,
        cause);
  }

  static PickleException cannotWrite(String reason) {
    return new PickleException(Kind.NOT_WRITABLE, -1, "", "Cannot write pickle: " + reason, null);
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** Position in the pickle of the instruction concerned; empty when writing. */
  public OptionalInt offset() {
    return offset < 0 ? OptionalInt.empty() : OptionalInt.of(offset);
  }

  /** Name of the instruction concerned; empty where there is none. */
  public Optional<String> opcode() {
    return opcode.isEmpty() ? Optional.empty() : Optional.of(opcode);
  }
}
