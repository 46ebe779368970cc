package io.sparkmm.data.shard;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Numbers and texts as few bytes: seven bits of a number a byte, the lowest first, with the eighth
 * bit set on all but the last. For use within one process; files that last do not hold it.
 */
final class PackedBytes {
  private PackedBytes() {}

  /** Appends values. */
  static final class Writer {
    private byte[] data;
    private int length;

    /** A writer that grows beyond its first capacity, in bytes, when it has to. */
    Writer(int capacity) {
      data = new byte[capacity];
    }

    int length() {
      return length;
    }

    byte[] toByteArray() {
      return Arrays.copyOf(data, length);
    }

    /** Any number; those below zero take five bytes. */
    void number(int value) {
      reserve(5);
      int rest = value;
      while ((rest & ~0x7f) != 0) {
        data[length++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      data[length++] = (byte) rest;
    }

    void text(String text) {
      bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    void bytes(byte[] bytes) {
      number(bytes.length);
      reserve(bytes.length);
      System.arraycopy(bytes, 0, data, length, bytes.length);
      length += bytes.length;
    }

    /** Their number, then runs of equal numbers: each run's length minus 1, and its number. */
    void runs(int[] values) {
      number(values.length);
      int at = 0;
      while (at < values.length) {
        int end = at + 1;
        while (end < values.length && values[end] == values[at]) {
          end++;
        }
        // Most runs are of one token: a doubled number costs less than a length for each.
        long doubled = 2L * (values[at] & 0xffffffffL) + (end - at > 1 ? 1 : 0);
        big(doubled);
        if (end - at > 1) {
          number(end - at);
        }
        at = end;
      }
    }

    private void big(long value) {
      reserve(5);
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        data[length++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      data[length++] = (byte) rest;
    }

    private void reserve(int more) {
      if (length + more > data.length) {
        data = Arrays.copyOf(data, Math.max(Math.addExact(length, more), data.length * 2));
      }
    }
  }

  /** Reads values in the order in which they were appended. */
  static final class Reader {
    private final byte[] data;
    private int at;

    Reader(byte[] data, int start) {
      this.data = data;
      this.at = start;
    }

    int number() {
      return (int) big();
    }

    String text() {
      int size = number();
      at += size;
      return new String(data, at - size, size, StandardCharsets.UTF_8);
    }

    byte[] bytes() {
      int size = number();
      at += size;
      return Arrays.copyOfRange(data, at - size, at);
    }

    int[] runs() {
      int[] values = new int[number()];
      int count = 0;
      while (count < values.length) {
        long doubled = big();
        int end = count + ((doubled & 1) == 1 ? number() : 1);
        Arrays.fill(values, count, end, (int) (doubled >>> 1));
        count = end;
      }
      return values;
    }

    private long big() {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = data[at++];
        value |= (next & 0x7fL) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }
  }
}
