package io.sparkmm.convert.manifest;

import java.util.Locale;
import java.util.zip.CRC32;

/**
 * CRC-32 as zip files have it, of data whose parts are summed up apart.
 *
 * <p>A checksum is a polynomial over two elements, bit 31 the constant term, modulo the polynomial
 * {@code P} of zip. The sum of two parts behind each other is {@code crc(first) * x^(8 * n) +
 * crc(second) mod P}, with {@code n} the bytes of the second part.
 */
public final class Crc32 {

  /** {@code P} without its highest term, bit 31 the constant term. */
  private static final int POLYNOMIAL = 0xEDB88320;

  /** The polynomial 1. */
  private static final int ONE = 0x80000000;

  /** {@code x^(8 * 2^i)} for each i. */
  private static final int[] POWERS = powers();

  private Crc32() {}

  /** The checksum of bytes in memory. */
  public static long of(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return crc.getValue();
  }

  /**
   * The checksum of two parts behind each other.
   *
   * @param first checksum of the first part, 0 for an empty one
   * @param second checksum of the second part
   * @param secondBytes length of the second part
   */
  public static long combine(long first, long second, long secondBytes) {
    int power = ONE;
    long rest = secondBytes;
    for (int i = 0; rest != 0; i++, rest >>>= 1) {
      if ((rest & 1) != 0) {
        power = product(power, POWERS[i]);
      }
    }
    return (product((int) first, power) ^ second) & 0xFFFFFFFFL;
  }

  /** Eight hexadecimal digits. */
  public static String text(long crc) {
    return String.format(Locale.ROOT, "%08x", crc);
  }

  /** The product of two polynomials modulo {@code P}. */
  private static int product(int a, int b) {
    int result = 0;
    int shifted = b;
    for (int bit = ONE; bit != 0; bit >>>= 1) {
      if ((a & bit) != 0) {
        result ^= shifted;
      }
      shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
    }
    return result;
  }

  private static int[] powers() {
    int[] powers = new int[Long.SIZE];
    powers[0] = ONE >>> Byte.SIZE;
    for (int i = 1; i < powers.length; i++) {
      powers[i] = product(powers[i - 1], powers[i - 1]);
    }
    return powers;
  }
}
