package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.fixture.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damaged picture files: each ends in a header or an {@link ImageException}, after bounded work.
 */
class HeaderFuzzTest {
  private static final int WIDTH = 23;
  private static final int HEIGHT = 11;

  /** Whole files of every format. */
  private enum Sample {
    PNG,
    PNG_GREY16,
    JPEG,
    JPEG_WITH_METADATA,
    GIF,
    BMP,
    WEBP_LOSSY,
    WEBP_LOSSLESS,
    WEBP_ALPHA,
    WEBP_ANIMATED;

    byte[] file() {
      return switch (this) {
        case PNG -> Pictures.png(WIDTH, HEIGHT);
        case PNG_GREY16 -> encoded(BufferedImage.TYPE_USHORT_GRAY, "png");
        case JPEG -> Pictures.jpeg(WIDTH, HEIGHT);
        case JPEG_WITH_METADATA ->
            Pictures.withSegment(Pictures.jpeg(WIDTH, HEIGHT), 0xe1, new byte[600]);
        case GIF -> encoded(BufferedImage.TYPE_BYTE_INDEXED, "gif");
        case BMP -> encoded(BufferedImage.TYPE_3BYTE_BGR, "bmp");
        case WEBP_LOSSY -> Pictures.webp(Pictures.Webp.LOSSY);
        case WEBP_LOSSLESS -> Pictures.webp(Pictures.Webp.LOSSLESS);
        case WEBP_ALPHA -> Pictures.webp(Pictures.Webp.ALPHA);
        case WEBP_ANIMATED -> Pictures.webp(Pictures.Webp.ANIMATED);
      };
    }

    private static byte[] encoded(int type, String format) {
      return Pictures.encoded(new BufferedImage(WIDTH, HEIGHT, type), format);
    }
  }

  /** Counts what is read, and stops a reader that does not come to an end. */
  private static final class Counting implements ByteSource {
    private final byte[] file;
    private int reads;

    Counting(byte[] file) {
      this.file = file;
    }

    @Override
    public long size() {
      return file.length;
    }

    @Override
    public byte[] read(long position, int length) throws IOException {
      if (++reads > file.length + 100) {
        throw new AssertionError("more reads than bytes");
      }
      return ByteSource.of(file).read(position, length);
    }
  }

  private static Optional<ImageHeader> header(byte[] file) {
    try {
      return Optional.of(ImageHeader.read("a", new Counting(file)));
    } catch (ImageException e) {
      assertThat(e.reason().name()).startsWith("IMAGE_");
      assertThat(e).hasMessageStartingWith("Cannot use picture a: ");
      return Optional.empty();
    }
  }

  private static Optional<ImageHeader> checked(byte[] file) {
    try {
      return Optional.of(ImageHeader.check("a", new Counting(file)));
    } catch (ImageException e) {
      assertThat(e.detail()).startsWith("a: ");
      return Optional.empty();
    }
  }

  @ParameterizedTest
  @EnumSource(Sample.class)
  void wholeFilesAreRead(Sample sample) {
    assertThat(header(sample.file()))
        .hasValueSatisfying(
            header -> {
              assertThat(header.width()).isEqualTo(WIDTH);
              assertThat(header.height()).isEqualTo(HEIGHT);
            });
    assertThat(checked(sample.file())).isPresent();
  }

  @ParameterizedTest
  @EnumSource(Sample.class)
  void aCutFileHasTheTrueSizeOrNone(Sample sample) {
    byte[] file = sample.file();
    int first = file.length;
    for (int length = file.length; length >= 0; length--) {
      Optional<ImageHeader> header = header(Arrays.copyOf(file, length));
      if (header.isPresent()) {
        assertThat(header.get()).as("%s bytes", length).isEqualTo(header(file).orElseThrow());
        // Once a prefix is too short, all shorter ones are.
        assertThat(length).isLessThanOrEqualTo(first);
        first = length - 1;
      }
    }
    assertThat(first).isGreaterThan(2);
  }

  @ParameterizedTest
  @EnumSource(
      value = Sample.class,
      names = {"PNG", "PNG_GREY16", "JPEG", "JPEG_WITH_METADATA", "GIF", "BMP"})
  void aFileCutInsideItsPictureIsNotAccepted(Sample sample) {
    byte[] file = sample.file();
    for (int length = 0; length < Math.min(file.length * 9 / 10, file.length - 16); length++) {
      assertThat(checked(Arrays.copyOf(file, length))).as("%s bytes", length).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Sample.class)
  void everyValueOfEveryHeaderByteIsSurvived(Sample sample) {
    byte[] file = sample.file();
    int accepted = 0;
    for (int position = 0; position < Math.min(file.length, 64); position++) {
      for (int value = 0; value < 256; value++) {
        byte[] damaged = file.clone();
        damaged[position] = (byte) value;
        accepted += header(damaged).isPresent() ? 1 : 0;
        checked(damaged);
      }
    }
    assertThat(accepted).isPositive();
  }

  @ParameterizedTest
  @EnumSource(Sample.class)
  void manyRandomFlipsAreSurvived(Sample sample) {
    byte[] file = sample.file();
    Random random = new Random(sample.ordinal());
    int refused = 0;
    for (int round = 0; round < 1500; round++) {
      byte[] damaged = Arrays.copyOf(file, 1 + random.nextInt(file.length));
      for (int flips = random.nextInt(12); flips >= 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      refused += checked(damaged).isEmpty() ? 1 : 0;
    }
    assertThat(refused).isGreaterThan(300);
  }

  @ParameterizedTest
  @CsvSource({"PNG, 16", "PNG, 20", "BMP, 18"})
  void aSideOfNothingIsRefused(Sample sample, int position) {
    byte[] damaged = sample.file();
    Arrays.fill(damaged, position, position + 4, (byte) 0);
    assertThat(header(damaged)).isEmpty();
  }
}
