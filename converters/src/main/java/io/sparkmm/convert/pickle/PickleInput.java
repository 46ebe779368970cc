package io.sparkmm.convert.pickle;

import io.sparkmm.convert.pickle.PickleException.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle and the instruction at hand; nothing is read past the end. */
final class PickleInput {

  private final ByteBuffer bytes;
  private int start;
  private Opcode opcode = Opcode.PROTO;

  PickleInput(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Reads the next instruction, which all failures name from here on. */
  Opcode next() {
    start = bytes.position();
    if (!bytes.hasRemaining()) {
      throw PickleException.cannotRead(
          Kind.TRUNCATED, start, "the pickle ends without STOP; it was cut off");
    }
    int code = Byte.toUnsignedInt(bytes.get());
    opcode =
        Opcode.find(code)
            .orElseThrow(
                () ->
                    PickleException.cannotRead(
                        Kind.UNKNOWN_OPCODE,
                        start,
                        "byte 0x" + Integer.toHexString(code) + " is no instruction"));
    return opcode;
  }

  int remaining() {
    return bytes.remaining();
  }

  int u8() {
    return Byte.toUnsignedInt(require(1).get());
  }

  int u16() {
    return Short.toUnsignedInt(require(2).getShort());
  }

  int i32() {
    return require(4).getInt();
  }

  long u32() {
    return Integer.toUnsignedLong(i32());
  }

  /** A length of 8 bytes; those beyond 63 bits are too long for any pickle. */
  long u64() {
    long value = require(8).getLong();
    return value < 0 ? Long.MAX_VALUE : value;
  }

  /** Eight bytes, the highest first. */
  double bigEndianDouble() {
    return Double.longBitsToDouble(Long.reverseBytes(require(8).getLong()));
  }

  /** So many bytes as a new array; the length is checked before anything is allocated. */
  byte[] take(long length) {
    require(length);
    byte[] result = new byte[(int) length];
    bytes.get(result);
    return result;
  }

  String text(long length) {
    require(length);
    return decode((int) length);
  }

  /** Text up to the end of the line, which is skipped. */
  String line() {
    int length = 0;
    while (bytes.get(requireAt(length)) != '\n') {
      length++;
    }
    String line = decode(length);
    bytes.get();
    return line;
  }

  private int requireAt(int distance) {
    require(distance + 1L);
    return bytes.position() + distance;
  }

  private String decode(int length) {
    ByteBuffer part = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(part).toString();
    } catch (CharacterCodingException e) {
      throw fail(Kind.BAD_TEXT, "a text of " + length + " bytes is not UTF-8", e);
    }
  }

  private ByteBuffer require(long count) {
    if (count < 0 || count > bytes.remaining()) {
      throw fail(
          Kind.TRUNCATED,
          "it needs "
              + count
              + " more bytes, the pickle has "
              + bytes.remaining()
              + "; it was cut off or damaged");
    }
    return bytes;
  }

  /** A whole number as Python stores it: two's complement, the lowest byte first. */
  byte[] takeReversed(int length) {
    byte[] little = take(length);
    byte[] big = new byte[length];
    for (int i = 0; i < length; i++) {
      big[i] = little[length - 1 - i];
    }
    return big;
  }

  PickleException fail(Kind kind, String reason) {
    return fail(kind, reason, null);
  }

  PickleException fail(Kind kind, String reason, Exception cause) {
    return PickleException.cannotRead(kind, start, opcode, reason, cause);
  }
}
