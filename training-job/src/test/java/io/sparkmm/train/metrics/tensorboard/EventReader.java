package io.sparkmm.train.metrics.tensorboard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Reads event files back as text, one line an event; checks lengths and checksums. */
final class EventReader {
  private EventReader() {}

  static List<String> read(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<String> events = new ArrayList<>();
    while (in.hasRemaining()) {
      int start = in.position();
      int length = Math.toIntExact(in.getLong());
      check(in, start, 8);
      check(in, in.position(), length);
      events.add(event(in.slice(start + 12, length).order(ByteOrder.LITTLE_ENDIAN)));
    }
    return events;
  }

  private static void check(ByteBuffer in, int start, int length) {
    CRC32C sum = new CRC32C();
    sum.update(in.array(), start, length);
    long crc = sum.getValue();
    long masked = ((crc >>> 15 | crc << 17) & 0xffffffffL) + 0xa282ead8L & 0xffffffffL;
    in.position(start + length);
    if (Integer.toUnsignedLong(in.getInt()) != masked) {
      throw new IllegalStateException("wrong checksum at " + start);
    }
  }

  private static String event(ByteBuffer in) {
    long step = 0;
    String what = "";
    while (in.hasRemaining()) {
      switch ((int) varint(in)) {
        case 1 << 3 | 1 -> in.getDouble();
        case 2 << 3 -> step = varint(in);
        case 3 << 3 | 2 -> what = "version " + StandardCharsets.UTF_8.decode(message(in));
        case 5 << 3 | 2 -> what = summary(message(in));
        case 7 << 3 | 2 -> {
          ByteBuffer session = message(in);
          what = varint(session) == 1 << 3 && varint(session) == 1 ? "session start" : "session ?";
        }
        default -> throw new IllegalStateException("unknown field");
      }
    }
    return step + " " + what;
  }

  private static String summary(ByteBuffer in) {
    List<String> values = new ArrayList<>();
    while (in.hasRemaining()) {
      expect(varint(in), 1 << 3 | 2);
      ByteBuffer value = message(in);
      expect(varint(value), 1 << 3 | 2);
      String tag = StandardCharsets.UTF_8.decode(message(value)).toString();
      expect(varint(value), 2 << 3 | 5);
      values.add(tag + "=" + value.getFloat());
    }
    return String.join(" ", values);
  }

  private static void expect(long key, long expected) {
    if (key != expected) {
      throw new IllegalStateException("field " + key + " instead of " + expected);
    }
  }

  private static ByteBuffer message(ByteBuffer in) {
    int length = (int) varint(in);
    ByteBuffer content = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + length);
    return content;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
