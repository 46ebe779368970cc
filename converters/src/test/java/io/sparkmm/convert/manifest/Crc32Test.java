package io.sparkmm.convert.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class Crc32Test {

  @Property(seed = "1", tries = 200)
  void combinesPartsOfAnyLength(
      @ForAll @Size(max = 5000) byte[] bytes, @ForAll @IntRange(max = 5000) int cut) {
    int at = Math.min(cut, bytes.length);
    long first = Crc32.of(Arrays.copyOf(bytes, at));
    long second = Crc32.of(Arrays.copyOfRange(bytes, at, bytes.length));

    assertThat(Crc32.combine(first, second, bytes.length - at)).isEqualTo(Crc32.of(bytes));
  }

  @Test
  void combinesPartsLongerThanAnInteger() {
    // n zero bytes behind each other are one part of n zero bytes, built here by doubling.
    long crc = Crc32.of(new byte[1]);
    long length = 1;
    while (length < 1L << 33) {
      crc = Crc32.combine(crc, crc, length);
      length *= 2;
    }
    java.util.zip.CRC32 expected = new java.util.zip.CRC32();
    byte[] mebibytes = new byte[64 << 20];
    for (long at = 0; at < length; at += mebibytes.length) {
      expected.update(mebibytes);
    }

    assertThat(crc).isEqualTo(expected.getValue());
  }

  @Test
  void printsEightDigits() {
    assertThat(Crc32.text(0xABCL)).isEqualTo("00000abc");
  }
}
