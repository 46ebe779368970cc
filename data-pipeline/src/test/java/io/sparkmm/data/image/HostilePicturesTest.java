package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.fixture.PictureCase;
import io.sparkmm.data.fixture.Pictures;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.sample.RejectReason;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files made to harm: each ends in a picture or an {@link ImageException}, within bounded memory.
 */
class HostilePicturesTest {
  private static final PixelProcessor PROCESSOR =
      new PixelProcessor(
          ProcessorConfig.qwen2Vl(), new PixelBounds(0, 100_000), RegulariseFilter.LLAMA_FACTORY);

  /** Bytes that a damaged small picture may take in all, garbage included. */
  private static final long ALLOCATED = 512L << 20;

  @ParameterizedTest
  @CsvSource({
    "png, 60000, 60000",
    "bmp, 60000, 60000",
    "gif, 60000, 60000",
    "webp, 16777216, 16777216",
    "jpeg, 65535, 65535",
    "png, 2147483647, 1"
  })
  void aSizeThatNoMemoryHoldsIsRefusedByTheHeader(String format, int width, int height) {
    byte[] bomb = claiming(format, width, height);

    assertThatThrownBy(() -> ImageHeader.check("a", ByteSource.of(bomb)))
        .hasMessageContaining(width + "x" + height + " pixels; at most 89478485 are decoded")
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_TOO_LARGE);
  }

  @ParameterizedTest
  @CsvSource({"png, 9000, 9000", "gif, 9000, 9000"})
  void aSizeThatTheFileCannotHoldIsRefusedByTheHeader(String format, int width, int height) {
    byte[] bomb = claiming(format, width, height);

    assertThatThrownBy(() -> ImageHeader.check("a", ByteSource.of(bomb)))
        .hasMessageContaining("bytes cannot hold 9000x9000 pixels")
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_TRUNCATED);
  }

  @ParameterizedTest
  @CsvSource({
    "PNG, RGBA, 8200, 8200",
    "WEBP, RGB, 6000, 6000",
    "WEBP, RGBA, 5200, 5200",
    "BMP, RGBA, 6700, 6700"
  })
  void whatTakesMoreThanTheMemoryBoundIsRefused(
      ImageFormat format, ImageMode mode, int width, int height) {
    ByteWindow file = new ByteWindow(ByteSource.of(new byte[64]), "a");

    assertThatThrownBy(() -> DecodeLimit.check(file, new ImageHeader(format, width, height, mode)))
        .hasMessageContaining("bytes to decode; at most 536870912 are used")
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_TOO_LARGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zTXt", "iCCP", "iTXt"})
  void packedMetadataIsNotUnpacked(String chunk) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes("Title\0".getBytes(StandardCharsets.US_ASCII));
    content.writeBytes(chunk.equals("iTXt") ? new byte[] {1, 0, 0, 0} : new byte[] {0});
    content.writeBytes(zeros(1 << 30));
    byte[] png = Pictures.png(40, 30);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(png, 0, 33);
    file.writeBytes(chunk(chunk, content.toByteArray()));
    file.write(png, 33, png.length - 33);

    long before = allocated();
    PixelPatches patches = PROCESSOR.process("a", file.toByteArray());

    assertThat(patches.rows()).containsExactly(PROCESSOR.process("a", png).rows());
    assertThat(allocated() - before).isLessThan(64L << 20);
  }

  @Test
  void dataBehindThePictureAreNotUnpacked() {
    byte[] png = Pictures.png(40, 30);
    int at = indexOf(png, "IDAT");
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(png, 0, at - 4);
    // More rows than the header says.
    file.writeBytes(chunk("IDAT", zeros(1 << 28)));
    file.writeBytes(chunk("IEND", new byte[0]));

    long before = allocated();
    PROCESSOR.process("a", file.toByteArray());

    assertThat(allocated() - before).isLessThan(64L << 20);
  }

  static List<PictureCase> smallPictures() {
    List<PictureCase> pictures = new ArrayList<>();
    for (JsonNode line : TestFiles.lines(TestFiles.golden("odd_pictures.jsonl"))) {
      if (line.path("file").asText().length() < 20_000) {
        pictures.add(PictureCase.of(line).get(0));
      }
    }
    return pictures;
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("smallPictures")
  void damagedFilesFailAsPicturesDo(PictureCase picture) {
    byte[] file = picture.file();
    Random random = new Random(picture.name().hashCode());
    int decoded = 0;
    int refused = 0;
    for (int round = 0; round < 150; round++) {
      byte[] damaged = damaged(file, random);
      long before = allocated();
      try {
        PixelPatches patches = PROCESSOR.process("a", damaged);
        assertThat(patches.rows()).isNotEmpty();
        decoded++;
      } catch (ImageException e) {
        assertThat(e).hasMessageStartingWith("Cannot use picture a: ");
        assertThat(e.reason().name()).startsWith("IMAGE_");
        refused++;
      }
      assertThat(allocated() - before).as("round %d", round).isLessThan(ALLOCATED);
    }
    assertThat(decoded + refused).isEqualTo(150);
    assertThat(refused).isPositive();
  }

  /** Flips, cuts, runs of one value, or a piece moved. */
  private static byte[] damaged(byte[] file, Random random) {
    byte[] damaged = file.clone();
    int at = random.nextInt(file.length);
    switch (random.nextInt(5)) {
      case 0 -> damaged = Arrays.copyOf(damaged, at);
      case 1 -> Arrays.fill(damaged, at, Math.min(file.length, at + 16), (byte) random.nextInt());
      case 2 -> {
        int length = Math.min(24, file.length - at);
        System.arraycopy(file, random.nextInt(file.length - length + 1), damaged, at, length);
      }
      default -> {
        for (int flips = random.nextInt(6); flips >= 0; flips--) {
          damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
    }
    return damaged;
  }

  /** A short file whose header announces a size. */
  private static byte[] claiming(String format, int width, int height) {
    ByteBuffer file = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    switch (format) {
      case "png" -> {
        byte[] png = Pictures.png(40, 30);
        file = ByteBuffer.wrap(png).putInt(16, width).putInt(20, height);
      }
      case "bmp" ->
          file.put(new byte[] {'B', 'M'})
              .putInt(14, 40)
              .putInt(18, width)
              .putInt(22, height)
              .putShort(28, (short) 24);
      case "gif" -> {
        file.put("GIF89a".getBytes(StandardCharsets.US_ASCII))
            .putShort(6, (short) width)
            .putShort(8, (short) height);
        file.put(13, (byte) 0x2c).putShort(18, (short) width).putShort(20, (short) height);
      }
      case "webp" -> {
        file.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(4, 192);
        file.put(8, "WEBPVP8X".getBytes(StandardCharsets.US_ASCII)).putInt(16, 10);
        file.putInt(24, width - 1)
            .putShort(27, (short) (height - 1))
            .put(29, (byte) (height - 1 >> 16));
      }
      case "jpeg" ->
          file.order(ByteOrder.BIG_ENDIAN)
              .putInt(0xffd8ffc0)
              .putShort((short) 17)
              .put((byte) 8)
              .putShort((short) height)
              .putShort((short) width)
              .put((byte) 3);
      default -> throw new IllegalArgumentException(format);
    }
    return file.array();
  }

  private static byte[] zeros(int length) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater =
        new DeflaterOutputStream(packed, new Deflater(Deflater.BEST_SPEED), 1 << 16)) {
      byte[] block = new byte[1 << 16];
      for (int i = 0; i < length; i += block.length) {
        deflater.write(block);
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  private static byte[] chunk(String name, byte[] content) {
    ByteBuffer chunk = ByteBuffer.allocate(12 + content.length);
    chunk.putInt(content.length).put(name.getBytes(StandardCharsets.US_ASCII)).put(content);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 4 + content.length);
    return chunk.putInt((int) crc.getValue()).array();
  }

  private static int indexOf(byte[] file, String name) {
    return new String(file, StandardCharsets.ISO_8859_1).indexOf(name);
  }

  /** Bytes that this thread has allocated so far. */
  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
