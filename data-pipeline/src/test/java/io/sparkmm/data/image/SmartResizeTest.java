package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.image.SmartResize.Size;
import io.sparkmm.data.sample.RejectReason;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmartResizeTest {
  private static final ProcessorConfig QWEN2_VL = ProcessorConfig.qwen2Vl();
  private static final PixelBounds SHIPPED = new PixelBounds(0, 262_144);
  private static final PixelBounds LLAMA_FACTORY = new PixelBounds(1024, 589_824);

  @ParameterizedTest
  @CsvSource({
    // width, height, after A, fitted height, fitted width, grid h, grid w, tokens
    "640, 480, 591x443, 448, 588, 32, 42, 336",
    "480, 640, 443x591, 588, 448, 42, 32, 336",
    "500, 375, 500x375, 364, 504, 26, 36, 234",
    "64, 64, 64x64, 56, 56, 4, 4, 4",
    "70, 70, 70x70, 56, 56, 4, 4, 4",
    "98, 14, 98x28, 28, 112, 2, 8, 4",
    "1024, 1024, 512x512, 504, 504, 36, 36, 324",
    "1920, 1080, 682x384, 392, 672, 28, 48, 336",
    "4000, 3000, 591x443, 448, 588, 32, 42, 336",
    "1, 1, 28x28, 56, 56, 4, 4, 4",
    "10000, 10, 5040x28, 28, 5040, 2, 360, 180",
    "5600, 28, 5600x28, 28, 5600, 2, 400, 200",
  })
  void givesTheSizesOfTheShippedSettings(
      int width,
      int height,
      String regularised,
      int fittedHeight,
      int fittedWidth,
      int gridH,
      int gridW,
      int tokens) {
    Size size = new Size(width, height);
    Size afterA = SmartResize.regularise(size, SHIPPED, "a.jpg");
    PatchGrid grid = SmartResize.grid(size, SHIPPED, QWEN2_VL, "a.jpg");

    assertThat(afterA).hasToString(regularised);
    assertThat(SmartResize.fit(afterA, QWEN2_VL, "a.jpg"))
        .isEqualTo(new Size(fittedWidth, fittedHeight));
    assertThat(grid).isEqualTo(new PatchGrid(1, gridH, gridW));
    assertThat(grid.tokens(2)).isEqualTo(tokens);
  }

  @ParameterizedTest
  @CsvSource({"640, 480, 391", "1024, 1024, 729", "16, 16, 4"})
  void givesTheTokensOfLlamaFactoryDefaults(int width, int height, int tokens) {
    assertThat(
            SmartResize.grid(new Size(width, height), LLAMA_FACTORY, QWEN2_VL, "a.jpg").tokens(2))
        .isEqualTo(tokens);
  }

  @Test
  void enlargesToTheLowerBound() {
    assertThat(SmartResize.regularise(new Size(16, 16), LLAMA_FACTORY, "a.jpg"))
        .isEqualTo(new Size(32, 32));
  }

  @ParameterizedTest
  @CsvSource({
    // The numbers of Qwen3-VL: patch 16, 65536 to 16777216 pixels.
    "640, 480, 384, 576, 448, 252",
    "500, 375, 500, 512, 384, 192",
    "64, 64, 64, 256, 256, 64",
    "512, 512, 512, 512, 512, 256",
  })
  void followsThePatchSizeAndBoundsOfTheCheckpoint(
      int width, int height, int ignored, int fittedWidth, int fittedHeight, int tokens) {
    ProcessorConfig processor =
        new ProcessorConfig(
            new PixelBounds(65_536, 16_777_216),
            new ProcessorConfig.Patches(16, 2, 2),
            QWEN2_VL.normalisation(),
            ResampleFilter.BICUBIC);
    Size size = new Size(width, height);

    assertThat(SmartResize.fit(SmartResize.regularise(size, SHIPPED, "a"), processor, "a"))
        .isEqualTo(new Size(fittedWidth, fittedHeight));
    assertThat(SmartResize.grid(size, SHIPPED, processor, "a").tokens(2)).isEqualTo(tokens);
  }

  @Test
  void keepsTheCheckpointsUpperBound() {
    ProcessorConfig small =
        new ProcessorConfig(
            new PixelBounds(3136, 200_704),
            QWEN2_VL.patches(),
            QWEN2_VL.normalisation(),
            QWEN2_VL.resample());

    Size fitted = SmartResize.fit(new Size(1000, 700), small, "a.jpg");

    assertThat(fitted).isEqualTo(new Size(532, 364));
  }

  @Test
  void refusesTooNarrowPicturesInStepB() {
    assertThatThrownBy(() -> SmartResize.fit(new Size(5628, 28), QWEN2_VL, "a.jpg"))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "Cannot use picture a.jpg: a picture is too narrow to be resized: 5628x28 pixels; the"
                + " sides may differ by a factor of 200")
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_ASPECT_RATIO);
  }

  @Test
  void refusesAPictureOfWhichASideWouldVanish() {
    assertThatThrownBy(() -> SmartResize.regularise(new Size(10_000_000, 1), SHIPPED, "a.jpg"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("10000000x1 pixels become 1619086x0 within 262144 pixels");
  }

  @Property(seed = "1", tries = 2000)
  void givesWholeCellsInsideTheBounds(
      @ForAll @IntRange(min = 1, max = 6000) int width,
      @ForAll @IntRange(min = 1, max = 6000) int height) {
    Size afterA = SmartResize.regularise(new Size(width, height), SHIPPED, "a.jpg");
    Size fitted = SmartResize.fit(afterA, QWEN2_VL, "a.jpg");

    assertThat(fitted.width() % 28).isZero();
    assertThat(fitted.height() % 28).isZero();
    assertThat(fitted.area()).isBetween(3136L, 12_845_056L);
    assertThat(Math.min(afterA.width(), afterA.height())).isGreaterThanOrEqualTo(28);
  }

  @Property(seed = "1", tries = 500)
  void treatsBothSidesAlike(
      @ForAll @IntRange(min = 1, max = 4000) int width,
      @ForAll @IntRange(min = 1, max = 4000) int height) {
    PatchGrid grid = SmartResize.grid(new Size(width, height), SHIPPED, QWEN2_VL, "a.jpg");
    PatchGrid turned = SmartResize.grid(new Size(height, width), SHIPPED, QWEN2_VL, "a.jpg");

    assertThat(turned).isEqualTo(new PatchGrid(1, grid.w(), grid.h()));
  }

  @Test
  void refusesBoundsThatExcludeEachOther() {
    assertThatThrownBy(() -> new PixelBounds(2, 1))
        .hasMessage(
            "Cannot bound pictures to between 2 and 1 pixels: the bounds have to be 0 <= min <= max"
                + " and max >= 1");
    assertThatThrownBy(() -> new PixelBounds(0, 0)).hasMessageContaining("between 0 and 0");
    assertThatThrownBy(() -> new PixelBounds(-1, 5)).hasMessageContaining("between -1 and 5");
  }

  @Test
  void refusesEmptySizesAndGrids() {
    assertThatThrownBy(() -> new Size(0, 5)).hasMessage("Cannot use size 0x5");
    assertThatThrownBy(() -> new PatchGrid(1, 0, 2)).hasMessage("Cannot cut a picture into 1,0,2");
  }

  @Test
  void countsPatchesWithoutOverflow() {
    assertThat(new PatchGrid(1, 36, 36).patches()).isEqualTo(1296);
    assertThatThrownBy(() -> new PatchGrid(1, 1 << 16, 1 << 16).patches())
        .isInstanceOf(ArithmeticException.class);
  }
}
