package io.sparkmm.train.npu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Settings of one communicator, and the bytes of the C struct {@code HcclCommConfig} that carry
 * them. The initialiser of that struct is an inline function of the header, so the bytes are
 * written here: all of the newest known layout, declared as version 8 of the struct. Older
 * libraries read the part that they know; newer ones take the fields that version 8 has.
 *
 * @param bufferMegabytes size of each of the communicator's two buffers, at least 1; empty for the
 *     environment's
 * @param deterministic 0 off, 1 on, 2 strict; empty for the environment's
 * @param name name in the library's logs, at most 127 bytes of ASCII; empty for the library's own
 * @param executionTimeoutSeconds longest wait for a peer during an operation; empty for the
 *     environment's
 */
public record CommConfig(
    OptionalInt bufferMegabytes,
    OptionalInt deterministic,
    String name,
    OptionalInt executionTimeoutSeconds) {
  /** Bytes that are allocated: the longest known layout. */
  public static final int BYTES = 2248;

  /** Bytes that the struct claims to have: up to and including its field for quality of service. */
  public static final int DECLARED_BYTES = 2232;

  /** Marks a struct that was initialised. */
  public static final int MAGIC = 0xf0f0f0f0;

  /** Version of the struct that the bytes declare. */
  public static final int VERSION = 8;

  private static final int NOT_SET = 0xffffffff;
  private static final int NAME_BYTES = 128;

  private static final int SIZE_AT = 0;
  private static final int MAGIC_AT = 8;
  private static final int VERSION_AT = 12;
  private static final int BUFFER_SIZE_AT = 24;
  private static final int DETERMINISTIC_AT = 28;
  private static final int NAME_AT = 32;
  private static final int TRAFFIC_CLASS_AT = 292;
  private static final int SERVICE_LEVEL_AT = 296;
  private static final int EXECUTION_TIMEOUT_AT = 316;
  private static final int QUALITY_OF_SERVICE_AT = 2228;
  private static final int SYMMETRIC_WINDOW_AT = 2232;
  private static final int QUEUE_DEPTH_AT = 2240;
  private static final long SYMMETRIC_WINDOW_GIGABYTES = 16;

  public CommConfig {
    Objects.requireNonNull(bufferMegabytes, "bufferMegabytes");
    Objects.requireNonNull(deterministic, "deterministic");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(executionTimeoutSeconds, "executionTimeoutSeconds");
    if (bufferMegabytes.isPresent() && bufferMegabytes.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "Cannot configure a communicator: its buffer has "
              + bufferMegabytes.getAsInt()
              + " MB, at least 1 is needed");
    }
    if (deterministic.isPresent()
        && (deterministic.getAsInt() < 0 || deterministic.getAsInt() > 2)) {
      throw new IllegalArgumentException(
          "Cannot configure a communicator: deterministic is "
              + deterministic.getAsInt()
              + ", not 0, 1 or 2");
    }
    if (executionTimeoutSeconds.isPresent() && executionTimeoutSeconds.getAsInt() < 0) {
      throw new IllegalArgumentException(
          "Cannot configure a communicator: its timeout is "
              + executionTimeoutSeconds.getAsInt()
              + " s");
    }
    if (!StandardCharsets.US_ASCII.newEncoder().canEncode(name) || name.length() >= NAME_BYTES) {
      throw new IllegalArgumentException(
          "Cannot configure a communicator: the name "
              + name
              + " is not ASCII of at most 127 bytes");
    }
  }

  /** No settings besides a name; an empty name leaves that to the library, too. */
  public static CommConfig named(String name) {
    return new CommConfig(OptionalInt.empty(), OptionalInt.empty(), name, OptionalInt.empty());
  }

  /** The struct, {@value #BYTES} bytes in the machine's byte order. */
  public byte[] toBytes() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
    bytes.putLong(SIZE_AT, DECLARED_BYTES);
    bytes.putInt(MAGIC_AT, MAGIC);
    bytes.putInt(VERSION_AT, VERSION);
    bytes.putInt(BUFFER_SIZE_AT, bufferMegabytes.orElse(NOT_SET));
    bytes.putInt(DETERMINISTIC_AT, deterministic.orElse(NOT_SET));
    bytes.put(NAME_AT, name.getBytes(StandardCharsets.US_ASCII));
    bytes.putInt(TRAFFIC_CLASS_AT, NOT_SET);
    bytes.putInt(SERVICE_LEVEL_AT, NOT_SET);
    bytes.putInt(EXECUTION_TIMEOUT_AT, executionTimeoutSeconds.orElse(NOT_SET));
    bytes.putInt(QUALITY_OF_SERVICE_AT, NOT_SET);
    bytes.putLong(SYMMETRIC_WINDOW_AT, SYMMETRIC_WINDOW_GIGABYTES);
    bytes.putInt(QUEUE_DEPTH_AT, NOT_SET);
    return bytes.array();
  }
}
