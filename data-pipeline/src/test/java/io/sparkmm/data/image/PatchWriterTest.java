package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PatchWriterTest {
  @Property(seed = "1", tries = 60)
  void putsEveryPixelWhereTheFormulaSays(
      @ForAll @IntRange(min = 1, max = 4) int patch,
      @ForAll @IntRange(min = 1, max = 3) int merge,
      @ForAll @IntRange(min = 1, max = 3) int frames,
      @ForAll @IntRange(min = 1, max = 3) int cellsX,
      @ForAll @IntRange(min = 1, max = 3) int cellsY) {
    PatchWriter writer = new PatchWriter(plain(patch, merge, frames), ImageArithmetic.PILLOW);
    int width = cellsX * merge * patch;
    int height = cellsY * merge * patch;
    byte[] samples = new byte[width * height * 3];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) (i * 37 + i / 256);
    }
    PixelImage image = new PixelImage(width, height, 3, samples);
    int rowWidth = 3 * frames * patch * patch;
    float[] rows = new float[width * height / (patch * patch) * rowWidth];
    writer.write(image, rows, 0);

    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < 3; c++) {
          for (int s = 0; s < frames; s++) {
            int patchY = y / patch;
            int patchX = x / patch;
            int cell = patchY / merge * cellsX + patchX / merge;
            int row = (cell * merge + patchY % merge) * merge + patchX % merge;
            int column = ((c * frames + s) * patch + y % patch) * patch + x % patch;
            assertThat(rows[row * rowWidth + column])
                .isEqualTo((float) (samples[(y * width + x) * 3 + c] & 0xff));
          }
        }
      }
    }
  }

  @Test
  void normalisesEachChannel() {
    ProcessorConfig config = ProcessorConfig.qwen2Vl();
    byte[] samples = new byte[28 * 28 * 3];
    for (int i = 0; i < samples.length; i += 3) {
      samples[i] = (byte) 255;
      samples[i + 1] = (byte) 128;
    }
    PatchWriter writer = new PatchWriter(config, ImageArithmetic.PILLOW);
    float[] rows = new float[4 * 1176];
    writer.write(new PixelImage(28, 28, 3, samples), rows, 0);

    // (1 - 0.48145466) / 0.26862954, (128/255 - 0.4578275) / 0.26130258, -0.40821073 / 0.27577711
    assertThat(rows[0]).isCloseTo(1.930336f, within(1e-6f));
    assertThat(rows[392]).isCloseTo(0.168897f, within(1e-6f));
    assertThat(rows[784]).isCloseTo(-1.480220f, within(1e-6f));
    assertThat(rows[391]).isEqualTo(rows[0]);
    assertThat(rows[1175]).isEqualTo(rows[784]);
  }

  @Test
  void writesOnlyItsPartOfALargerArray() {
    PatchWriter writer = new PatchWriter(plain(2, 1, 1), ImageArithmetic.PILLOW);
    PixelImage image = new PixelImage(2, 2, 3, new byte[12]);
    float[] rows = new float[20];
    java.util.Arrays.fill(rows, 7f);
    writer.write(image, rows, 4);

    assertThat(rows).containsExactly(7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7);
  }

  /** A processor that leaves grey levels as they are. */
  private static ProcessorConfig plain(int patch, int merge, int frames) {
    return new ProcessorConfig(
        new PixelBounds(1, 1_000_000),
        new ProcessorConfig.Patches(patch, merge, frames),
        new ProcessorConfig.Normalisation(1.0, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0)),
        ResampleFilter.BICUBIC);
  }
}
