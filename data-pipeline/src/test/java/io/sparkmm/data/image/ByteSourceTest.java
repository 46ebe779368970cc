package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteSourceTest {
  @Test
  void givesPartsOfAnArray() throws IOException {
    ByteSource source = ByteSource.of(new byte[] {1, 2, 3, 4});

    assertThat(source.size()).isEqualTo(4);
    assertThat(source.read(1, 2)).containsExactly(2, 3);
    assertThat(source.read(3, 10)).containsExactly(4);
    assertThat(source.read(4, 10)).isEmpty();
    assertThat(source.read(1L << 40, 10)).isEmpty();
  }

  @Test
  void readsNumbersAcrossTheBordersOfPieces() {
    byte[] bytes = new byte[20_000];
    new Random(3).nextBytes(bytes);
    ByteWindow window = new ByteWindow(ByteSource.of(bytes), "a");

    for (int position : new int[] {0, 4095, 4094, 8191, 8190, 19_996, 4093, 1}) {
      int first = bytes[position] & 0xff;
      int second = bytes[position + 1] & 0xff;
      assertThat(window.u16BigEndian(position)).isEqualTo(first << 8 | second);
      assertThat(window.u16LittleEndian(position)).isEqualTo(second << 8 | first);
      long wide = (long) window.u16BigEndian(position) << 16 | window.u16BigEndian(position + 2);
      assertThat(window.u32BigEndian(position)).isEqualTo(wide);
      assertThat(window.i32LittleEndian(position)).isEqualTo(Integer.reverseBytes((int) wide));
      assertThat(window.u24LittleEndian(position))
          .isEqualTo(Integer.reverseBytes((int) wide) & 0xffffff);
    }
  }

  @Test
  void saysWhichByteIsMissing() {
    ByteWindow window = new ByteWindow(ByteSource.of(new byte[10]), "a.jpg");

    assertThat(window.u8(9)).isZero();
    assertThatThrownBy(() -> window.u8(10))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "Cannot use picture a.jpg: a picture file ends inside its header: byte 10 is wanted,"
                + " the file has 10 bytes");
  }

  @Test
  void comparesText() {
    ByteWindow window = new ByteWindow(ByteSource.of(new byte[] {'a', 'b', (byte) 0xff}), "a");

    assertThat(window.startsWith(0, "ab")).isTrue();
    assertThat(window.startsWith(1, "b\u00ff")).isTrue();
    assertThat(window.startsWith(0, "b")).isFalse();
    assertThat(window.startsWith(2, "\u00ff!")).isFalse();
  }
}
