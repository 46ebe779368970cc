package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Pictures;
import io.sparkmm.data.sample.RejectReason;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PixelProcessorTest {
  private static final PixelBounds SHIPPED = new PixelBounds(0, 262_144);

  private final PixelProcessor processor =
      new PixelProcessor(ProcessorConfig.qwen2Vl(), SHIPPED, RegulariseFilter.MINDSPEED_MM);

  @Test
  void givesThePixelsThemselvesWhenNothingIsResized() {
    PixelPatches patches = processor.process("a.png", Pictures.png(84, 56));

    assertThat(patches.grid()).isEqualTo(new PatchGrid(1, 4, 6));
    assertThat(patches.rows()).hasSize(24 * 1176);
    // Row 5 is in the second cell, at its upper right: patch row 0, patch column 3.
    int x = 3 * 14 + 5;
    int y = 9;
    assertThat(patches.rows()[5 * 1176 + 9 * 14 + 5])
        .isEqualTo(normalised(Pictures.red(x, y), 0.48145466f, 0.26862954f));
    assertThat(patches.rows()[5 * 1176 + 4 * 196 + 9 * 14 + 5])
        .isEqualTo(normalised(Pictures.blue(x, y), 0.40821073f, 0.27577711f));
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
  void hasTheGridThatTheHeaderPromised(String format) {
    byte[] file = Pictures.encoded(Pictures.drawn(700, 431), format);
    ImageHeader header = ImageHeader.of("a", file);

    assertThat(processor.process("a", file).grid())
        .isEqualTo(processor.grid("a", header.width(), header.height()));
  }

  @Test
  void writesIntoALargerArray() {
    byte[] file = Pictures.png(100, 60);
    float[] alone = processor.process("a.png", file).rows();
    float[] batch = new float[alone.length + 20];

    PatchGrid grid = processor.process("a.png", file, batch, 10);

    assertThat(grid.patches() * processor.rowWidth()).isEqualTo(alone.length);
    assertThat(java.util.Arrays.copyOfRange(batch, 10, 10 + alone.length)).isEqualTo(alone);
    assertThat(batch[9]).isZero();
    assertThat(batch[10 + alone.length]).isZero();
    assertThatThrownBy(() -> processor.process("a.png", file, batch, 21))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot write the patches of a.png: they end at");
  }

  @ParameterizedTest
  @EnumSource(RegulariseFilter.class)
  void resizesToTheBoundsWithTheFilterOfTheProject(RegulariseFilter filter) {
    byte[] file = Pictures.png(900, 700);
    PixelPatches nearest = processor.process("a", file);
    PixelPatches patches =
        new PixelProcessor(ProcessorConfig.qwen2Vl(), SHIPPED, filter).process("a", file);

    assertThat(patches.grid()).isEqualTo(nearest.grid());
    if (filter == RegulariseFilter.MINDSPEED_MM) {
      assertThat(patches.rows()).isEqualTo(nearest.rows());
    } else {
      assertThat(patches.rows()).isNotEqualTo(nearest.rows());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 500, 4000})
  void refusesAJpegFileThatIsCut(int missing) {
    byte[] file = Pictures.jpeg(300, 200);

    assertThatThrownBy(() -> processor.process("a.jpg", Pictures.head(file, file.length - missing)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("a.jpg")
        .hasMessageContaining("a picture file ends before the picture is complete")
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_TRUNCATED);
  }

  @Test
  void refusesAPngFileThatIsCutBetweenTwoChunksOfData() {
    byte[] file = Pictures.png(300, 200);
    int length = 0;
    for (int i = 0; i < 4; i++) {
      length = length << 8 | (file[33 + i] & 0xff);
    }
    // Two chunks of which the file has only the first.
    ByteArrayOutputStream cut = new ByteArrayOutputStream();
    cut.write(file, 0, 33);
    cut.writeBytes(new byte[] {0, 0, (byte) (length / 2 >> 8), (byte) (length / 2)});
    cut.write(file, 37, 4 + length / 2);
    cut.writeBytes(new byte[4]);

    assertThatThrownBy(() -> processor.process("a.png", cut.toByteArray()))
        .isInstanceOf(ImageException.class)
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_UNDECODABLE);
  }

  @Test
  void refusesWhatIsNoPicture() {
    assertThatThrownBy(() -> processor.process("a.jpg", new byte[] {1, 2, 3}))
        .isInstanceOf(ImageException.class)
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_NOT_IMAGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
  void neverThrowsAnythingElseForADamagedFile(String format) {
    byte[] sound = Pictures.encoded(Pictures.drawn(60, 50), format);
    long seed = 11;
    Random random = new Random(seed);
    assertThat(processor.process("a", sound).grid()).isEqualTo(new PatchGrid(1, 4, 4));
    for (int i = 0; i < 100; i++) {
      byte[] file = sound.clone();
      for (int k = 0; k <= random.nextInt(4); k++) {
        file[random.nextInt(file.length)] = (byte) random.nextInt(256);
      }
      try {
        // Damaged sizes must not make the test slow.
        ImageHeader header = ImageHeader.of("a", file);
        if ((long) header.width() * header.height() < 1_000_000) {
          processor.process("a", file);
        }
      } catch (ImageException e) {
        assertThat(e.reason().name()).as("seed %d, file %d", seed, i).startsWith("IMAGE_");
      }
    }
  }

  @Test
  void isSafeToShareBetweenThreads() throws Exception {
    List<byte[]> files = List.of(Pictures.jpeg(301, 200), Pictures.png(90, 400));
    List<float[]> expected = files.stream().map(f -> processor.process("a", f).rows()).toList();
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      List<Future<float[]>> futures =
          java.util.stream.IntStream.range(0, 20)
              .mapToObj(i -> pool.submit(() -> processor.process("a", files.get(i % 2)).rows()))
              .toList();
      for (int i = 0; i < futures.size(); i++) {
        assertThat(futures.get(i).get()).isEqualTo(expected.get(i % 2));
      }
    } finally {
      pool.shutdown();
    }
  }

  private static float normalised(int level, float mean, float std) {
    return ((float) (level * (1 / 255.0)) - mean) / std;
  }
}
