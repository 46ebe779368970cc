package io.sparkmm.train.metrics.tensorboard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Encodes the few kinds of TensorBoard events that a run needs, as protocol buffers of the message
 * {@code Event}: fields {@code wall_time} (1, double), {@code step} (2, int64), {@code
 * file_version} (3, string), {@code summary} (5, message) and {@code session_log} (7, message).
 */
final class EventEncoder {
  /** What the first event of every file says. */
  static final String FILE_VERSION = "brain.Event:2";

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int SESSION_START = 1;

  private EventEncoder() {}

  /** The event that begins a file. */
  static byte[] fileVersion(double wallSeconds) {
    ByteArrayOutputStream event = event(wallSeconds, 0);
    message(event, 3, FILE_VERSION.getBytes(StandardCharsets.UTF_8));
    return event.toByteArray();
  }

  /** The event that makes readers forget what other files say of this step and later ones. */
  static byte[] sessionStart(double wallSeconds, long step) {
    ByteArrayOutputStream session = new ByteArrayOutputStream();
    key(session, 1, VARINT);
    varint(session, SESSION_START);
    ByteArrayOutputStream event = event(wallSeconds, step);
    message(event, 7, session.toByteArray());
    return event.toByteArray();
  }

  /** Numbers of a step by name. */
  static byte[] scalars(double wallSeconds, long step, Map<String, Double> values) {
    ByteArrayOutputStream summary = new ByteArrayOutputStream();
    values.forEach(
        (tag, number) -> {
          ByteArrayOutputStream value = new ByteArrayOutputStream();
          message(value, 1, tag.getBytes(StandardCharsets.UTF_8));
          key(value, 2, FIXED32);
          fixed(value, 4, Float.floatToRawIntBits(number.floatValue()));
          message(summary, 1, value.toByteArray());
        });
    ByteArrayOutputStream event = event(wallSeconds, step);
    message(event, 5, summary.toByteArray());
    return event.toByteArray();
  }

  private static ByteArrayOutputStream event(double wallSeconds, long step) {
    ByteArrayOutputStream event = new ByteArrayOutputStream();
    key(event, 1, FIXED64);
    fixed(event, 8, Double.doubleToRawLongBits(wallSeconds));
    if (step != 0) {
      key(event, 2, VARINT);
      varint(event, step);
    }
    return event;
  }

  private static void message(ByteArrayOutputStream out, int field, byte[] content) {
    key(out, field, BYTES);
    varint(out, content.length);
    out.writeBytes(content);
  }

  private static void key(ByteArrayOutputStream out, int field, int type) {
    varint(out, (long) field << 3 | type);
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static void fixed(ByteArrayOutputStream out, int bytes, long bits) {
    ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(bits);
    out.write(buffer.array(), 0, bytes);
  }
}
