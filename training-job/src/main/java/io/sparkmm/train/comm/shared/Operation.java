package io.sparkmm.train.comm.shared;

import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.torch.FloatTypes;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What the ranks do together, in a form that they compare.
 *
 * @param number how many operations of the group were started before
 * @param code kind, reduction, element type and root
 * @param bytes bytes of the tensor that a rank gives
 */
record Operation(long number, long code, long bytes) {
  /** What becomes of the bytes. */
  enum Kind {
    ALL_GATHER,
    REDUCE_SCATTER,
    ALL_REDUCE,
    BROADCAST
  }

  private static final int FIELD = 8;
  private static final int MASK = (1 << FIELD) - 1;

  static Operation of(long number, Kind kind, Tensor given) {
    return of(number, kind, given, 0, 0);
  }

  static Operation of(long number, Kind kind, Tensor given, Reduction reduction) {
    return of(number, kind, given, reduction.ordinal(), 0);
  }

  static Operation of(long number, Tensor given, int root) {
    return of(number, Kind.BROADCAST, given, 0, root);
  }

  private static Operation of(long number, Kind kind, Tensor given, int reduction, int root) {
    long code =
        ((((long) root << FIELD) | FloatTypes.of(given).value) << FIELD | reduction) << FIELD
            | kind.ordinal();
    return new Operation(number, code, given.nbytes());
  }

  /** Whether a slot of another rank belongs to the same operation. */
  boolean matches(Segment segment, int writer, long sequence) {
    return segment.stamp(writer, sequence, 0) == number
        && segment.stamp(writer, sequence, 1) == code
        && segment.stamp(writer, sequence, 2) == bytes;
  }

  /** What another rank says that a slot belongs to. */
  static Operation at(Segment segment, int writer, long sequence) {
    return new Operation(
        segment.stamp(writer, sequence, 0),
        segment.stamp(writer, sequence, 1),
        segment.stamp(writer, sequence, 2));
  }

  /** The operation in words. */
  String describe() {
    Kind kind = Kind.values()[(int) (code & MASK)];
    Reduction reduction = Reduction.values()[(int) (code >> FIELD & MASK)];
    byte type = (byte) (code >> 2 * FIELD & MASK);
    String name = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    String detail =
        switch (kind) {
          case ALL_GATHER -> "";
          case BROADCAST -> " from rank " + (code >> 3 * FIELD);
          case REDUCE_SCATTER, ALL_REDUCE -> " " + reduction;
        };
    return String.format(
        "%s%s of %d bytes of %s as operation %d", name, detail, bytes, typeName(type), number);
  }

  private static String typeName(byte value) {
    for (ScalarType type : ScalarType.values()) {
      if (type.value == value) {
        return type.name();
      }
    }
    return "type " + value;
  }
}
