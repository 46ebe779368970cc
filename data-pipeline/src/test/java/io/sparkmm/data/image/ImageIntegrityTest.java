package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Pictures;
import io.sparkmm.data.sample.RejectReason;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageIntegrityTest {
  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "gif", "bmp"})
  void acceptsWholeFiles(String format) {
    byte[] file = Pictures.encoded(Pictures.drawn(90, 70), format);

    assertThat(check(file).width()).isEqualTo(90);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 100, 1000})
  void refusesAJpegFileThatIsCut(int missing) {
    byte[] file = Pictures.jpeg(200, 150);

    assertTruncated(() -> check(Pictures.head(file, file.length - missing)))
        .hasMessage(
            "Cannot use picture a: a picture file ends before the picture is complete: there is no"
                + " end marker");
  }

  @Test
  void acceptsAnythingBehindTheEndOfAJpegFile() {
    byte[] file = Pictures.jpeg(200, 150);
    byte[] longer = Arrays.copyOf(file, file.length + 5000);

    assertThat(check(longer).width()).isEqualTo(200);
  }

  @Test
  void doesNotTakeTheEndOfAThumbnailForTheEndOfThePicture() {
    // Metadata may hold a whole small JPEG file with an end marker of its own.
    byte[] file = Pictures.withSegment(Pictures.jpeg(200, 150), 0xe1, Pictures.jpeg(16, 16));

    assertTruncated(() -> check(Pictures.head(file, file.length - 2)));
    assertThat(check(file).width()).isEqualTo(200);
  }

  @Test
  void doesNotTakeEscapedBytesForMarkers() {
    // FF 00 is a byte of the picture, FF FF fill, FF D0 a restart.
    byte[] sound =
        Pictures.bytes(
            "ff d8 ff c0 00 0b 08 00 08 00 08 01 01 11 00 ff da 00 03 00 12 ff 00 d9 ff d0 33 ff ff"
                + " d9 00");
    byte[] cut = Pictures.head(sound, sound.length - 2);

    assertThat(check(sound).mode()).isEqualTo(ImageMode.GREY);
    assertTruncated(() -> check(cut));
  }

  @Test
  void acceptsAPngFileWithoutItsEndButNotWithoutData() {
    byte[] file = Pictures.png(90, 70);

    for (int missing = 0; missing <= 12; missing++) {
      assertThat(check(Pictures.head(file, file.length - missing)).width()).isEqualTo(90);
    }
    assertTruncated(() -> check(Pictures.head(file, file.length - 40)))
        .hasMessageContaining("the picture data end at byte");
    assertTruncated(() -> check(Pictures.head(file, 33)))
        .hasMessageContaining("there are no picture data");
  }

  @Test
  void refusesAPngFileWhoseChunkClaimsTooMuch() {
    byte[] file = Pictures.png(90, 70);
    file[33] = 0x7f;

    assertTruncated(() -> check(file));
  }

  @Test
  void refusesCutGifAndBmpFiles() {
    byte[] gif = Pictures.encoded(Pictures.drawn(90, 70), "gif");
    byte[] bmp = Pictures.encoded(Pictures.drawn(90, 70), "bmp");

    assertTruncated(() -> check(Pictures.head(gif, gif.length - 100)));
    assertTruncated(() -> check(Pictures.head(bmp, bmp.length - 1)))
        .hasMessageContaining("it has " + (bmp.length - 1) + " of " + bmp.length + " bytes");
  }

  @Test
  void refusesCutWebPFiles() {
    byte[] webp =
        Pictures.bytes(
            "'RIFF' 17 00 00 00 'WEBP' 'VP8_' 0a 00 00 00 00 00 00 9d 01 2a 80 02 e0 01");

    assertTruncated(() -> check(webp)).hasMessageContaining("it has 30 of 31 bytes");
  }

  @Test
  void refusesAPictureThatWouldFillTheMemory() {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    bomb.writeBytes(Pictures.bytes("ff d8 ff c0 00 11 08 ff ff ff ff 03 01 11 00 02 11 01"));
    bomb.writeBytes(Pictures.bytes("03 11 01 ff d9"));

    assertThatThrownBy(() -> check(bomb.toByteArray()))
        .hasMessageContaining("65535x65535 pixels; at most 89478485 are decoded")
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_TOO_LARGE);
  }

  private static ImageHeader check(byte[] file) {
    return ImageHeader.check("a", ByteSource.of(file));
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable>
      assertTruncated(ThrowingCallable call) {
    var thrown = assertThatThrownBy(call).isInstanceOf(ImageException.class);
    thrown.extracting("reason").isEqualTo(RejectReason.IMAGE_TRUNCATED);
    return thrown;
  }
}
