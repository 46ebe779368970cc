package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.data.image.SmartResize.Size;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResamplerTest {
  @ParameterizedTest
  @EnumSource(ResampleFilter.class)
  void returnsThePictureItselfForTheSameSize(ResampleFilter filter) {
    PixelImage image = noise(7, 5, 3, 1);

    assertThat(Resampler.resize(image, new Size(7, 5), filter)).isSameAs(image);
  }

  @Test
  void takesTheNearestPixel() {
    PixelImage image = new PixelImage(4, 1, 1, new byte[] {10, 20, 30, 40});

    assertThat(Resampler.resize(image, new Size(2, 1), ResampleFilter.NEAREST).samples())
        .containsExactly(20, 40);
    // The fifth position is 3, of which the running sum falls short: Pillow takes pixel 2, too.
    assertThat(Resampler.resize(image, new Size(6, 2), ResampleFilter.NEAREST).samples())
        .containsExactly(10, 20, 20, 30, 30, 40, 10, 20, 20, 30, 30, 40);
  }

  @Test
  void weighsWithTheCubicKernel() {
    // Twice the size: positions at a quarter and three quarters between pixels, kernel a = -0.5.
    PixelImage image = new PixelImage(6, 1, 1, new byte[] {0, 0, 0, 100, 100, 100});
    byte[] wide = Resampler.resize(image, new Size(12, 1), ResampleFilter.BICUBIC).samples();

    double near = kernel(0.25) + kernel(1.25);
    double far = kernel(0.75) + kernel(1.75);
    assertThat((int) wide[6]).isEqualTo((int) Math.round(100 * near));
    assertThat((int) wide[5]).isEqualTo((int) Math.round(100 * far));
    assertThat((int) wide[11]).isEqualTo(100);
    // Below zero before clipping.
    assertThat((int) wide[3]).isZero();
  }

  @Test
  void averagesWhenItShrinks() {
    byte[] stripes = new byte[64];
    for (int i = 0; i < 64; i++) {
      stripes[i] = (byte) (i % 2 == 0 ? 200 : 100);
    }
    PixelImage image = new PixelImage(64, 1, 1, stripes);
    byte[] small = Resampler.resize(image, new Size(8, 1), ResampleFilter.BICUBIC).samples();

    for (int i = 1; i < 7; i++) {
      assertThat(small[i] & 0xff).isBetween(149, 151);
    }
  }

  @Property(seed = "1", tries = 200)
  void keepsAPlainColour(
      @ForAll @IntRange(min = 1, max = 60) int width,
      @ForAll @IntRange(min = 1, max = 60) int height,
      @ForAll @IntRange(min = 1, max = 90) int newWidth,
      @ForAll @IntRange(min = 1, max = 90) int newHeight,
      @ForAll @IntRange(max = 255) int level) {
    byte[] samples = new byte[width * height * 3];
    Arrays.fill(samples, (byte) level);
    PixelImage image = new PixelImage(width, height, 3, samples);
    for (ResampleFilter filter : ResampleFilter.values()) {
      PixelImage resized = Resampler.resize(image, new Size(newWidth, newHeight), filter);

      assertThat(resized.size()).isEqualTo(new Size(newWidth, newHeight));
      byte[] expected = new byte[newWidth * newHeight * 3];
      Arrays.fill(expected, (byte) level);
      assertThat(resized.samples()).isEqualTo(expected);
    }
  }

  @Property(seed = "1", tries = 100)
  void treatsChannelsOnTheirOwn(
      @ForAll @IntRange(min = 1, max = 30) int width,
      @ForAll @IntRange(min = 1, max = 30) int height,
      @ForAll @IntRange(min = 1, max = 40) int newWidth,
      @ForAll @IntRange(min = 1, max = 40) int newHeight,
      @ForAll @IntRange(min = 2, max = 4) int channels) {
    PixelImage image = noise(width, height, channels, width * 31 + height);
    Size size = new Size(newWidth, newHeight);
    for (ResampleFilter filter : ResampleFilter.values()) {
      PixelImage whole = Resampler.resize(image, size, filter);
      for (int c = 0; c < channels; c++) {
        assertThat(channel(whole, c).samples())
            .isEqualTo(Resampler.resize(channel(image, c), size, filter).samples());
      }
    }
  }

  @Property(seed = "1", tries = 100)
  void staysWithinALevelOfExactArithmetic(
      @ForAll @IntRange(min = 1, max = 40) int width,
      @ForAll @IntRange(min = 1, max = 60) int newWidth) {
    PixelImage image = noise(width, 1, 1, width);
    byte[] ours = Resampler.resize(image, new Size(newWidth, 1), ResampleFilter.BICUBIC).samples();
    ResampleWeights axis = new ResampleWeights(width, newWidth, ImageArithmetic.PILLOW);
    for (int o = 0; o < newWidth && width != newWidth; o++) {
      double sum = 0;
      double weights = 0;
      for (int i = 0; i < axis.count(o); i++) {
        double weight = axis.exact()[axis.offset(o) + i];
        sum += weight * (image.samples()[axis.first(o) + i] & 0xff);
        weights += weight;
      }
      assertThat(weights).isCloseTo(1.0, within(1e-12));
      assertThat((double) (ours[o] & 0xff))
          .isCloseTo(Math.max(0, Math.min(255, sum)), within(0.501));
    }
  }

  @Test
  void resizesSixteenBitsLikeEightWhereBothApply() {
    PixelImage image = noise(23, 17, 1, 4);
    int[] wide = new int[23 * 17];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = image.samples()[i] & 0xff;
    }
    Grey16 grey = new Grey16(23, 17, wide);
    Size size = new Size(11, 8);

    byte[] eight = Resampler.resize(image, size, ResampleFilter.BICUBIC).samples();
    int[] sixteen = grey.resize(size, ResampleFilter.BICUBIC).samples();
    int different = 0;
    for (int i = 0; i < eight.length; i++) {
      // Overshoot is clipped at 255 there, not here.
      int level = Math.min(sixteen[i], 255);
      assertThat(Math.abs((eight[i] & 0xff) - level)).isLessThanOrEqualTo(1);
      different += (eight[i] & 0xff) == level ? 0 : 1;
    }
    assertThat(different).isLessThan(eight.length / 10);
    assertThat(grey.resize(grey.size(), ResampleFilter.BICUBIC)).isSameAs(grey);
  }

  @Test
  void clipsSixteenBitsInsteadOfScaling() {
    Grey16 grey = new Grey16(4, 1, new int[] {0, 255, 256, 65_535});

    assertThat(grey.clipped().samples()).containsExactly(0, 255, 255, 255);
  }

  @Test
  void refusesSamplesThatDoNotFillThePicture() {
    assertThatThrownBy(() -> new PixelImage(2, 2, 3, new byte[11]))
        .hasMessage("Cannot use 11 samples for 2x2x3");
  }

  private static double kernel(double x) {
    return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2;
  }

  private static PixelImage noise(int width, int height, int channels, long seed) {
    byte[] samples = new byte[width * height * channels];
    new Random(seed).nextBytes(samples);
    return new PixelImage(width, height, channels, samples);
  }

  private static PixelImage channel(PixelImage image, int channel) {
    byte[] samples = new byte[image.width() * image.height()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = image.samples()[i * image.channels() + channel];
    }
    return new PixelImage(image.width(), image.height(), 1, samples);
  }
}
