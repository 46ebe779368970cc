package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Pictures;
import io.sparkmm.data.sample.RejectReason;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageHeaderTest {
  @ParameterizedTest
  @CsvSource({
    "png, TYPE_RGB, RGB",
    "png, TYPE_ARGB, RGBA",
    "png, TYPE_GREY, GREY",
    "png, TYPE_GREY16, GREY16",
    "png, TYPE_BINARY, PALETTE_OR_BILEVEL",
    "png, TYPE_INDEXED, PALETTE",
    "jpeg, TYPE_RGB, RGB",
    "jpeg, TYPE_GREY, GREY",
    "gif, TYPE_INDEXED, PALETTE",
    "bmp, TYPE_RGB, RGB",
    "bmp, TYPE_INDEXED, PALETTE"
  })
  void readsSizeAndModeOfWhatTheJdkWrites(String format, String type, String mode) {
    BufferedImage image =
        new BufferedImage(
            37,
            21,
            switch (type) {
              case "TYPE_RGB" -> BufferedImage.TYPE_3BYTE_BGR;
              case "TYPE_ARGB" -> BufferedImage.TYPE_4BYTE_ABGR;
              case "TYPE_GREY" -> BufferedImage.TYPE_BYTE_GRAY;
              case "TYPE_GREY16" -> BufferedImage.TYPE_USHORT_GRAY;
              case "TYPE_BINARY" -> BufferedImage.TYPE_BYTE_BINARY;
              default -> BufferedImage.TYPE_BYTE_INDEXED;
            });
    ImageHeader header = ImageHeader.of("a", Pictures.encoded(image, format));

    assertThat(header.format().name()).isEqualToIgnoringCase(format);
    assertThat(header.width()).isEqualTo(37);
    assertThat(header.height()).isEqualTo(21);
    assertThat(mode).contains(header.mode().name());
  }

  @ParameterizedTest
  @CsvSource({
    "c0, 1, GREY",
    "c1, 3, RGB",
    "c2, 3, RGB",
    "c0, 4, CMYK",
  })
  void readsBaselineExtendedAndProgressiveFrames(String marker, String components, ImageMode mode) {
    byte[] file =
        Pictures.bytes(
            "ff d8 ff e0 00 04 00 00 ff ff ff "
                + marker
                + " 00 11 08 01 e0 02 80 0"
                + components
                + " 00 00");

    assertThat(ImageHeader.of("a.jpg", file))
        .isEqualTo(new ImageHeader(ImageFormat.JPEG, 640, 480, mode));
  }

  @Test
  void doesNotTakeTableMarkersForFrames() {
    // C4, C8 and CC lie between the frame markers.
    byte[] file =
        Pictures.bytes(
            "ff d8 ff c4 00 03 00 ff c8 00 03 00 ff cc 00 03 00 ff c0 00 11 08 00 05 00 06 03");

    assertThat(ImageHeader.of("a.jpg", file))
        .isEqualTo(new ImageHeader(ImageFormat.JPEG, 6, 5, ImageMode.RGB));
  }

  @Test
  void skipsMetadataOfAnySizeWithoutReadingIt() {
    byte[] file = Pictures.jpeg(60, 40);
    for (int i = 0; i < 5; i++) {
      // Whatever looks like a frame header inside the segment does not count.
      byte[] exif = new byte[65_000];
      Arrays.fill(exif, (byte) 0xff);
      exif[100] = (byte) 0xc0;
      file = Pictures.withSegment(file, 0xe1, exif);
    }
    CountingSource source = new CountingSource(file);

    assertThat(ImageHeader.read("a.jpg", source))
        .isEqualTo(new ImageHeader(ImageFormat.JPEG, 60, 40, ImageMode.RGB));
    assertThat(source.bytes.get()).isLessThan(40_000);
  }

  @Test
  void readsAFewKilobytesOfAnOrdinaryFile() {
    CountingSource source = new CountingSource(Pictures.jpeg(900, 700));

    ImageHeader.read("a.jpg", source);

    assertThat(source.bytes.get()).isLessThanOrEqualTo(4096);
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 14})
  void refusesFramesThatAreNotDecodable(int bits) {
    byte[] file =
        Pictures.bytes("ff d8 ff c1 00 11 " + Integer.toHexString(bits) + " 00 05 00 06 03");

    assertReason(file, RejectReason.IMAGE_FORMAT_UNSUPPORTED)
        .hasMessageContaining("JPEG process SOF1 with " + bits + " bits");
  }

  @ParameterizedTest
  @ValueSource(strings = {"c3", "c5", "c9", "ca"})
  void refusesLosslessAndArithmeticCoding(String marker) {
    byte[] file = Pictures.bytes("ff d8 ff " + marker + " 00 11 08 00 05 00 06 03");

    assertReason(file, RejectReason.IMAGE_FORMAT_UNSUPPORTED)
        .hasMessageContaining("JPEG process SOF");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ff d8 ff c0 00 11 08 00 05 00 06 02",
        "ff d8 ff e0 00 01 00 00",
        "ff d8 ff d9 00 00",
        "ff d8 ff da 00 00",
        "89 'PNG' 0d 0a 1a 0a 00 00 00 0d 'IEND' 00 00 00 05 00 00 00 05 08 02 00",
        "89 'PNG' 0d 0a 1a 0a 00 00 00 0d 'IHDR' 00 00 00 05 00 00 00 05 08 05 00",
        "'GIF89a' 05 00 05 00 00 00 00 3b",
        "'BM' 00 00 00 00 00 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00",
        "'RIFF' 00 00 00 00 'WEBP' 'XXXX' 00 00 00 00"
      })
  void refusesDamagedHeaders(String file) {
    assertReason(Pictures.bytes(file), RejectReason.IMAGE_HEADER_INVALID);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ff d8 ff c0 00 11 08 00 00 00 06 03",
        "89 'PNG' 0d 0a 1a 0a 00 00 00 0d 'IHDR' 00 00 00 00 00 00 00 05 08 02 00",
        "'GIF89a' 05 00 05 00 00 00 00 2c 00 00 00 00 05 00 00 00 00 02",
      })
  void refusesPicturesWithoutPixels(String file) {
    assertReason(Pictures.bytes(file), RejectReason.IMAGE_ZERO_SIZE)
        .hasMessageContaining("the size ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'hello'", "00 00 00", "ff d8", "89 'PNG'", "'GIF88a'"})
  void refusesWhatIsNoPicture(String file) {
    assertReason(Pictures.bytes(file), RejectReason.IMAGE_NOT_IMAGE)
        .hasMessageContaining("it begins as none of JPEG, PNG, GIF, BMP and WebP");
  }

  @ParameterizedTest
  @CsvSource({"<html>, HTML", "<!DOCTYPE html>, HTML", "%PDF-1.7, PDF", "{}, JSON"})
  void namesWhatLiesInPlaceOfAPicture(String text, String format) {
    byte[] file = text.getBytes(StandardCharsets.US_ASCII);

    assertReason(file, RejectReason.IMAGE_NOT_IMAGE).hasMessageContaining("it begins as " + format);
  }

  @ParameterizedTest
  @CsvSource({
    "49 49 2a 00 08 00 00 00, TIFF",
    "4d 4d 00 2a 00 00 00 08, TIFF",
    "00 00 00 20 'ftypavif' 00, AVIF",
    "00 00 00 18 'ftypheic' 00, HEIF",
    "00 00 00 0c 'jP__' 0d 0a, JPEG 2000",
    "'<svg' 20, SVG"
  })
  void namesPictureFormatsThatItCannotDecode(String file, String format) {
    assertReason(Pictures.bytes(file), RejectReason.IMAGE_FORMAT_UNSUPPORTED)
        .hasMessageContaining("it is " + format + "; supported are JPEG, PNG, GIF, BMP and WebP");
  }

  @Test
  void refusesAnEmptyFile() {
    assertReason(new byte[0], RejectReason.IMAGE_EMPTY)
        .hasMessage("Cannot use picture a: a picture file is empty: it has 0 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "gif", "bmp"})
  void saysThatAHeaderIsCut(String format) {
    byte[] file = Pictures.encoded(Pictures.drawn(50, 40), format);
    int headerEnd =
        switch (format) {
          case "jpeg" -> indexOf(file, 0xc0) + 9;
          case "png" -> 26;
          case "gif" -> 13 + 3 * 256;
          default -> 30;
        };
    int signature = format.equals("png") ? 8 : format.equals("gif") ? 6 : 3;
    for (int length = signature; length < headerEnd; length++) {
      byte[] cut = Pictures.head(file, length);
      assertThatThrownBy(() -> ImageHeader.of("a", cut))
          .as("%d bytes", length)
          .isInstanceOf(ImageException.class)
          .extracting("reason")
          .isEqualTo(RejectReason.IMAGE_HEADER_TRUNCATED);
    }
  }

  @Test
  void readsTheThreeKindsOfWebP() {
    String riff = "'RIFF' 20 00 00 00 'WEBP' ";

    assertThat(
            ImageHeader.of(
                "a",
                Pictures.bytes(riff + "'VP8_' 00 00 00 00 00 00 00 9d 01 2a 80 02 e0 01 00 00")))
        .isEqualTo(new ImageHeader(ImageFormat.WEBP, 640, 480, ImageMode.RGB));
    assertThat(ImageHeader.of("a", Pictures.bytes(riff + "'VP8L' 00 00 00 00 2f 7f c2 77 10 00")))
        .isEqualTo(new ImageHeader(ImageFormat.WEBP, 640, 480, ImageMode.RGBA));
    assertThat(
            ImageHeader.of(
                "a",
                Pictures.bytes(
                    riff
                        + "'VP8X' 0a 00 00 00 10 00 00 00 7f 02 00 df 01 00 'EXIF' 01 00 00 00 05 00 "
                        + "'VP8_' 00 00 00 00 00 00 00 9d 01 2a 80 02 e0 01 00 00")))
        .isEqualTo(new ImageHeader(ImageFormat.WEBP, 640, 480, ImageMode.RGBA));
  }

  @Test
  void aLosslessWebPDecidesOnItsTransparency() {
    String riff = "'RIFF' 20 00 00 00 'WEBP' 'VP8X' 0a 00 00 00 10 00 00 00 7f 02 00 df 01 00 ";

    assertThat(ImageHeader.of("a", Pictures.bytes(riff + "'VP8L' 00 00 00 00 2f 7f c2 77 00 00")))
        .isEqualTo(new ImageHeader(ImageFormat.WEBP, 640, 480, ImageMode.RGB));
  }

  @Test
  void refusesAWebPWhoseDataHaveAnotherSizeThanItsHeader() {
    String riff = "'RIFF' 20 00 00 00 'WEBP' 'VP8X' 0a 00 00 00 10 00 00 00 7f 02 00 df 01 00 ";

    assertReason(
            Pictures.bytes(riff + "'VP8_' 00 00 00 00 00 00 00 9d 01 2a ff 3f ff 3f 00 00"),
            RejectReason.IMAGE_HEADER_INVALID)
        .hasMessageContaining("its data are 16383x16383 pixels, the container says 640x480");
  }

  @Test
  void readsGreyPalettesOfGifAndBmpAsGrey() {
    byte[] grey = Pictures.encoded(new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY), "bmp");

    assertThat(ImageHeader.of("a", grey).mode()).isEqualTo(ImageMode.GREY);
  }

  @Test
  void aGifFileIsAsLargeAsItsScreenAndItsFirstFrame() {
    byte[] file =
        Pictures.bytes(
            "'GIF89a' 05 00 05 00 00 00 00 21 fe 02 'ab' 00 2c 01 00 00 00 03 00 07 00 00 02");

    assertThat(ImageHeader.of("a", file))
        .isEqualTo(new ImageHeader(ImageFormat.GIF, 5, 7, ImageMode.GREY));
  }

  @Test
  void saysThatReadingFails() {
    ByteSource broken =
        new ByteSource() {
          @Override
          public long size() {
            return 100;
          }

          @Override
          public byte[] read(long position, int length) throws IOException {
            throw new IOException("disk gone");
          }
        };

    assertThatThrownBy(() -> ImageHeader.read("a.jpg", broken))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("a picture file cannot be read")
        .hasMessageContaining("disk gone")
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_UNREADABLE);
  }

  @Property(seed = "1", tries = 1000)
  void neverThrowsAnythingElseForAnyBytes(
      @ForAll @Size(max = 200) byte[] noise, @ForAll @IntRange(max = 5) int start) {
    String[] starts = {"", "ff d8 ff", "89 'PNG' 0d 0a 1a 0a", "'GIF89a'", "'BM'", "'RIFF'"};
    byte[] signature = start == 0 ? new byte[0] : Pictures.bytes(starts[start]);
    byte[] file = Arrays.copyOf(signature, signature.length + noise.length);
    System.arraycopy(noise, 0, file, signature.length, noise.length);
    try {
      ImageHeader header = ImageHeader.check("noise", ByteSource.of(file));
      assertThat(header.width()).isPositive();
    } catch (ImageException e) {
      assertThat(e.reason().name()).startsWith("IMAGE_");
    }
  }

  @Test
  void refusesAnEmptyPicture() {
    assertThatThrownBy(() -> new ImageHeader(ImageFormat.PNG, 0, 4, ImageMode.RGB))
        .hasMessage("Cannot use a picture of 0x4");
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertReason(
      byte[] file, RejectReason reason) {
    var thrown =
        assertThatThrownBy(() -> ImageHeader.of("a", file)).isInstanceOf(ImageException.class);
    thrown.extracting("reason").isEqualTo(reason);
    return thrown;
  }

  private static int indexOf(byte[] file, int marker) {
    return new String(file, StandardCharsets.ISO_8859_1).indexOf("\u00ff" + (char) marker);
  }

  private static final class CountingSource implements ByteSource {
    private final ByteSource source;
    private final AtomicLong bytes = new AtomicLong();

    CountingSource(byte[] file) {
      this.source = ByteSource.of(file);
    }

    @Override
    public long size() throws IOException {
      return source.size();
    }

    @Override
    public byte[] read(long position, int length) throws IOException {
      byte[] read = source.read(position, length);
      bytes.addAndGet(read.length);
      return read;
    }
  }
}
