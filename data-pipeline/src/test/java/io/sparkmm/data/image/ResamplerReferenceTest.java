package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.image.SmartResize.Size;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fixed-point resampler against the filter's definition in double precision. */
class ResamplerReferenceTest {
  private static PixelImage noise(int width, int height, int channels, long seed) {
    byte[] samples = new byte[width * height * channels];
    new Random(seed).nextBytes(samples);
    return new PixelImage(width, height, channels, samples);
  }

  /** Keys' cubic convolution kernel with a = -1/2, written out as its two polynomials. */
  private static double kernel(double t) {
    double d = Math.abs(t);
    if (d <= 1) {
      return 1.5 * d * d * d - 2.5 * d * d + 1;
    }
    return d < 2 ? -0.5 * d * d * d + 2.5 * d * d - 4 * d + 2 : 0;
  }

  /** One axis: every input weighed by its distance from the output's centre, sum of weights 1. */
  private static double[] axis(double[] line, int out) {
    double scale = line.length / (double) out;
    double stretch = Math.max(1, scale);
    double[] result = new double[out];
    for (int o = 0; o < out; o++) {
      double centre = (o + 0.5) * scale;
      double sum = 0;
      double weights = 0;
      for (int i = 0; i < line.length; i++) {
        double weight = kernel((i + 0.5 - centre) / stretch);
        sum += weight * line[i];
        weights += weight;
      }
      result[o] = sum / weights;
    }
    return result;
  }

  private static double clamp(double level) {
    return Math.max(0, Math.min(255, level));
  }

  /** Rows first, then columns; levels between the passes are cut to 0..255 but not rounded. */
  private static double[][] reference(PixelImage image, int channel, Size size) {
    double[][] wide = new double[image.height()][];
    for (int y = 0; y < image.height(); y++) {
      double[] row = new double[image.width()];
      for (int x = 0; x < image.width(); x++) {
        int at = (y * image.width() + x) * image.channels() + channel;
        row[x] = image.samples()[at] & 0xff;
      }
      wide[y] = size.width() == image.width() ? row : axis(row, size.width());
    }
    double[][] result = new double[size.height()][size.width()];
    for (int x = 0; x < size.width(); x++) {
      double[] column = new double[image.height()];
      for (int y = 0; y < image.height(); y++) {
        column[y] = clamp(wide[y][x]);
      }
      double[] resized = size.height() == image.height() ? column : axis(column, size.height());
      for (int y = 0; y < size.height(); y++) {
        result[y][x] = clamp(resized[y]);
      }
    }
    return result;
  }

  private static void assertClose(PixelImage image, Size size, double tolerance) {
    PixelImage resized = Resampler.resize(image, size, ResampleFilter.BICUBIC);
    assertThat(resized.size()).isEqualTo(size);
    assertThat(resized.channels()).isEqualTo(image.channels());
    for (int channel = 0; channel < image.channels(); channel++) {
      double[][] expected = reference(image, channel, size);
      double largest = 0;
      for (int y = 0; y < size.height(); y++) {
        for (int x = 0; x < size.width(); x++) {
          int at = (y * size.width() + x) * image.channels() + channel;
          largest = Math.max(largest, Math.abs((resized.samples()[at] & 0xff) - expected[y][x]));
        }
      }
      assertThat(largest).as("%s to %s", image.size(), size).isLessThanOrEqualTo(tolerance);
    }
  }

  @Property(seed = "1", tries = 80)
  void staysCloseToTheDefinitionForAnySizes(
      @ForAll @IntRange(min = 1, max = 40) int width,
      @ForAll @IntRange(min = 1, max = 40) int height,
      @ForAll @IntRange(min = 1, max = 60) int newWidth,
      @ForAll @IntRange(min = 1, max = 60) int newHeight,
      @ForAll @IntRange(min = 1, max = 4) int channels) {
    // Half a level for each rounding; negative lobes raise the first one's share to 0.64 at most.
    assertClose(
        noise(width, height, channels, width * 41L + height), new Size(newWidth, newHeight), 1.15);
  }

  @ParameterizedTest
  @CsvSource({
    "64, 64, 56, 56",
    "100, 75, 84, 56",
    "31, 200, 28, 196",
    "300, 20, 56, 28",
    "17, 17, 140, 112",
    "1, 50, 28, 28",
    "2, 2, 84, 84",
  })
  void staysCloseToTheDefinitionForSizesOfTheProcessor(
      int width, int height, int newWidth, int newHeight) {
    assertClose(noise(width, height, 3, 5), new Size(newWidth, newHeight), 1.15);
  }

  @ParameterizedTest
  @CsvSource({"50, 28", "28, 50", "13, 91", "200, 3", "3, 200", "7, 8"})
  void aSinglePassIsTheRoundedDefinition(int length, int newLength) {
    assertClose(noise(length, 1, 1, length), new Size(newLength, 1), 0.501);
    assertClose(noise(1, length, 1, length), new Size(1, newLength), 0.501);
  }

  @Property(seed = "1", tries = 60)
  void turningThePictureTurnsTheResult(
      @ForAll @IntRange(min = 1, max = 50) int length,
      @ForAll @IntRange(min = 1, max = 70) int newLength) {
    PixelImage row = noise(length, 1, 1, length);
    PixelImage column = new PixelImage(1, length, 1, row.samples());
    assertThat(Resampler.resize(row, new Size(newLength, 1), ResampleFilter.BICUBIC).samples())
        .isEqualTo(
            Resampler.resize(column, new Size(1, newLength), ResampleFilter.BICUBIC).samples());
  }

  @Test
  void aRampStaysARamp() {
    byte[] ramp = new byte[100];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = (byte) (20 + 2 * i);
    }
    byte[] half =
        Resampler.resize(new PixelImage(100, 1, 1, ramp), new Size(50, 1), ResampleFilter.BICUBIC)
            .samples();
    for (int i = 3; i < 47; i++) {
      assertThat(half[i] & 0xff).isBetween(20 + 4 * i, 22 + 4 * i);
      assertThat((half[i + 1] & 0xff) - (half[i] & 0xff)).isEqualTo(4);
    }
  }

  @Property(seed = "1", tries = 60)
  void nearestTakesPixelsOfThePictureInTheirOrder(
      @ForAll @IntRange(min = 1, max = 90) int length,
      @ForAll @IntRange(min = 1, max = 120) int newLength) {
    byte[] numbers = new byte[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = (byte) i;
    }
    byte[] taken =
        Resampler.resize(
                new PixelImage(length, 1, 1, numbers),
                new Size(newLength, 1),
                ResampleFilter.NEAREST)
            .samples();
    for (int o = 0; o < newLength; o++) {
      // In exact arithmetic; the running sum may fall short of a whole number.
      long exact = (2L * o + 1) * length / (2L * newLength);
      boolean whole = (2L * o + 1) * length % (2L * newLength) == 0;
      assertThat((long) taken[o]).isBetween(whole ? exact - 1 : exact, exact);
    }
  }
}
