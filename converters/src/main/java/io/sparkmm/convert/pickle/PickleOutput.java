package io.sparkmm.convert.pickle;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle in the making: instructions and their operands. */
final class PickleOutput {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  PickleOutput op(Opcode opcode) {
    bytes.write(opcode.code());
    return this;
  }

  PickleOutput u8(int value) {
    bytes.write(value);
    return this;
  }

  PickleOutput u16(int value) {
    return u8(value).u8(value >> 8);
  }

  PickleOutput i32(int value) {
    return u16(value).u16(value >> 16);
  }

  PickleOutput bigEndianDouble(double value) {
    bytes.writeBytes(
        ByteBuffer.allocate(Double.BYTES).order(ByteOrder.BIG_ENDIAN).putDouble(value).array());
    return this;
  }

  /** Two's complement, the lowest byte first. */
  PickleOutput littleEndian(BigInteger value) {
    byte[] big = value.toByteArray();
    for (int i = big.length - 1; i >= 0; i--) {
      bytes.write(big[i]);
    }
    return this;
  }

  PickleOutput line(String text) {
    bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    return u8('\n');
  }

  /** A length of four bytes and the text. */
  PickleOutput text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    i32(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }
}
