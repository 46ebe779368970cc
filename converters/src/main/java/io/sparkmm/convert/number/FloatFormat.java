package io.sparkmm.convert.number;

import io.sparkmm.convert.tensor.DType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * How floating-point elements are stored. Decoding is exact but for {@link #F64}; encoding rounds
 * to the nearest value, of two equally near ones to the even one, and makes any NaN a quiet one.
 */
public enum FloatFormat {
  F32(DType.F32) {
    @Override
    void decode(ByteBuffer source, int at, float[] target, int count) {
      source
          .slice(at, count * Float.BYTES)
          .order(source.order())
          .asFloatBuffer()
          .get(target, 0, count);
    }

    @Override
    void encode(float[] source, int count, ByteBuffer target, int at) {
      target
          .slice(at, count * Float.BYTES)
          .order(target.order())
          .asFloatBuffer()
          .put(source, 0, count);
    }
  },
  BF16(DType.BF16) {
    @Override
    void decode(ByteBuffer source, int at, float[] target, int count) {
      for (int index = 0; index < count; index++) {
        target[index] = Float.intBitsToFloat(source.getShort(at + 2 * index) << 16);
      }
    }

    @Override
    void encode(float[] source, int count, ByteBuffer target, int at) {
      for (int index = 0; index < count; index++) {
        target.putShort(at + 2 * index, toBf16(source[index]));
      }
    }
  },
  F16(DType.F16) {
    @Override
    void decode(ByteBuffer source, int at, float[] target, int count) {
      for (int index = 0; index < count; index++) {
        target[index] = fromF16(source.getShort(at + 2 * index));
      }
    }

    @Override
    void encode(float[] source, int count, ByteBuffer target, int at) {
      for (int index = 0; index < count; index++) {
        target.putShort(at + 2 * index, toF16(source[index]));
      }
    }
  },
  /** Decoding rounds to {@code float}. */
  F64(DType.F64) {
    @Override
    void decode(ByteBuffer source, int at, float[] target, int count) {
      for (int index = 0; index < count; index++) {
        target[index] = (float) source.getDouble(at + Double.BYTES * index);
      }
    }

    @Override
    void encode(float[] source, int count, ByteBuffer target, int at) {
      for (int index = 0; index < count; index++) {
        target.putDouble(at + Double.BYTES * index, source[index]);
      }
    }
  };

  private final DType dtype;

  FloatFormat(DType dtype) {
    this.dtype = dtype;
  }

  /** The format of an element type; empty when it is no floating-point type known here. */
  public static Optional<FloatFormat> of(DType dtype) {
    return Arrays.stream(values()).filter(format -> format.dtype == dtype).findFirst();
  }

  /** The element type. */
  public DType dtype() {
    return dtype;
  }

  /**
   * Reads elements.
   *
   * @param source little-endian
   * @param at index in the buffer of the first byte
   * @param target receives {@code count} elements from its start
   */
  abstract void decode(ByteBuffer source, int at, float[] target, int count);

  /**
   * Writes elements.
   *
   * @param source the first {@code count} elements are written
   * @param target little-endian
   * @param at index in the buffer of the first byte
   */
  abstract void encode(float[] source, int count, ByteBuffer target, int at);

  /** Reads the next {@code count} elements of a little-endian buffer and moves its position. */
  public void get(ByteBuffer source, float[] target, int count) {
    decode(source, source.position(), target, count);
    source.position(source.position() + count * dtype.byteSize());
  }

  /** Writes the first {@code count} elements to a little-endian buffer and moves its position. */
  public void put(float[] source, int count, ByteBuffer target) {
    encode(source, count, target, target.position());
    target.position(target.position() + count * dtype.byteSize());
  }

  static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) {
      return (short) (bits >>> 16 & 0x8000 | 0x7fc0);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  static float fromF16(short half) {
    int sign = (half & 0x8000) << 16;
    int rest = half & 0x7fff;
    if (rest >= 0x7c00) {
      return Float.intBitsToFloat(sign | 0x7f800000 | (rest & 0x3ff) << 13);
    }
    // Placed at the exponent of a float and scaled by 2^112, which is exact for subnormals as well.
    float magnitude = Float.intBitsToFloat(rest << 13) * 0x1p112f;
    return Float.intBitsToFloat(sign | Float.floatToRawIntBits(magnitude));
  }

  static short toF16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int rest = bits & 0x7fffffff;
    if (rest > 0x7f800000) {
      return (short) (sign | 0x7e00);
    }
    if (rest >= 0x47800000) {
      return (short) (sign | 0x7c00);
    }
    if (rest < 0x38800000) {
      // Adding one half aligns the bits of a subnormal at the end of the float, which rounds them.
      int aligned = Float.floatToRawIntBits(Float.intBitsToFloat(rest) + 0.5f);
      return (short) (sign | aligned - 0x3f000000);
    }
    int rounded = rest + 0xfff + (rest >>> 13 & 1);
    return (short) (sign | rounded - 0x38000000 >>> 13);
  }
}
