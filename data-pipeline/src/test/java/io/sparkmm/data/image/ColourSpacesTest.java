package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ColourSpacesTest {
  @Test
  void convertsLuminanceAndChrominanceAsTheStandardSays() {
    for (int y = 0; y < 256; y += 15) {
      for (int cb = 0; cb < 256; cb += 17) {
        for (int cr = 0; cr < 256; cr += 17) {
          byte[] pixel = {(byte) y, (byte) cb, (byte) cr};
          ColourSpaces.yccToRgb(pixel, 3);

          assertThat((double) (pixel[0] & 0xff))
              .isCloseTo(clip(y + 1.402 * (cr - 128)), within(0.51));
          assertThat((double) (pixel[1] & 0xff))
              .isCloseTo(clip(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128)), within(0.51));
          assertThat((double) (pixel[2] & 0xff))
              .isCloseTo(clip(y + 1.772 * (cb - 128)), within(0.51));
        }
      }
    }
  }

  @Test
  void invertsYcckButLeavesBlack() {
    byte[] pixel = {(byte) 255, (byte) 128, (byte) 128, 77};
    ColourSpaces.yccToRgb(pixel, 4);

    assertThat(pixel).containsExactly(0, 0, 0, 77);
  }

  @Test
  void mixesInks() {
    byte[] samples = {0, 0, 0, 0, (byte) 255, 0, 0, 0, 0, 0, 0, (byte) 255, 100, 50, 0, 127};
    PixelImage rgb = ColourSpaces.cmykToRgb(new PixelImage(4, 1, 4, samples));

    assertThat(rgb.samples())
        .containsExactly(255, 255, 255, 0, 255, 255, 0, 0, 0, 128 - 50, 128 - 25, 128);
  }

  @Test
  void repeatsGreyAndDropsAlpha() {
    PixelImage grey = new PixelImage(2, 1, 1, new byte[] {1, 2});
    PixelImage rgba = new PixelImage(2, 1, 4, new byte[] {1, 2, 3, 0, 4, 5, 6, 9});
    PixelImage greyAlpha = new PixelImage(2, 1, 2, new byte[] {1, 0, 2, 9});

    assertThat(ColourSpaces.greyToRgb(grey).samples()).containsExactly(1, 1, 1, 2, 2, 2);
    assertThat(ColourSpaces.dropAlpha(rgba).samples()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(ColourSpaces.dropAlpha(greyAlpha).samples()).containsExactly(1, 2);
  }

  @Test
  void weighsColoursWithTheirOpacityAndBack() {
    PixelImage image =
        new PixelImage(3, 1, 4, new byte[] {100, 50, 0, (byte) 255, 100, 50, 0, 0, 100, 50, 0, 51});
    PixelImage weighed = ColourSpaces.premultiply(image);

    assertThat(weighed.samples()).containsExactly(100, 50, 0, 255, 0, 0, 0, 0, 20, 10, 0, 51);
    assertThat(ColourSpaces.unpremultiply(weighed).samples())
        .containsExactly(100, 50, 0, 255, 0, 0, 0, 0, 100, 50, 0, 51);
    assertThat(image.samples()[4]).isEqualTo((byte) 100);
  }

  private static double clip(double value) {
    return Math.max(0, Math.min(255, value));
  }
}
