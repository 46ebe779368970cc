package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.image.ImageFormat;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageMode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The pictures' files, read by the JDK. */
class PngRoundTripTest {
  private static byte[] pixels(byte[] png) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    byte[] pixels = new byte[image.getWidth() * image.getHeight() * 3];
    for (int i = 0; i < pixels.length; i += 3) {
      int rgb = image.getRGB(i / 3 % image.getWidth(), i / 3 / image.getWidth());
      pixels[i] = (byte) (rgb >> 16);
      pixels[i + 1] = (byte) (rgb >> 8);
      pixels[i + 2] = (byte) rgb;
    }
    return pixels;
  }

  @Property(seed = "1", tries = 100)
  void everyPixelComesBack(
      @ForAll @IntRange(min = 1, max = 70) int width,
      @ForAll @IntRange(min = 1, max = 70) int height,
      @ForAll long seed)
      throws IOException {
    byte[] rgb = new byte[width * height * 3];
    new Random(seed).nextBytes(rgb);
    byte[] png = PngEncoder.encode(rgb, width, height);
    assertThat(pixels(png)).isEqualTo(rgb);
    assertThat(ImageHeader.of("a", png))
        .isEqualTo(new ImageHeader(ImageFormat.PNG, width, height, ImageMode.RGB));
    assertThat(PngEncoder.encode(rgb, width, height)).isEqualTo(png);
  }

  @ParameterizedTest
  @EnumSource(SceneSource.Split.class)
  void filesHoldThePaintedPixels(SceneSource.Split split) throws IOException {
    SceneSource source = new SceneSource(21, split);
    for (int index = 0; index < 40; index++) {
      byte[] file = source.png(index);
      byte[] read = pixels(file);
      assertThat(read).hasSize(Scene.SIZE * Scene.SIZE * 3);
      assertThat(PngEncoder.encode(read, Scene.SIZE, Scene.SIZE)).isEqualTo(file);
      assertThat(new SceneSource(21, split).png(index)).isEqualTo(file);
    }
  }

  @Test
  void noiseChangesThePixelsOfTheSameSceneOnly() throws IOException {
    SceneSource source = new SceneSource(22, SceneSource.Split.TRAIN);
    for (int index = 0; index < 40; index++) {
      Scene scene = source.scene(index);
      byte[] clean =
          ScenePainter.paint(new Scene(scene.objects(), scene.background(), 0), SceneRandom.of(1));
      byte[] noisy = pixels(source.png(index));
      double squares = 0;
      for (int i = 0; i < clean.length; i++) {
        double difference = (clean[i] & 0xff) - (noisy[i] & 0xff);
        squares += difference * difference;
      }
      // Rounding adds a little, cutting at 0 and 255 takes some away.
      assertThat(Math.sqrt(squares / clean.length))
          .isBetween(scene.noise() * 0.85 - 0.1, scene.noise() * 1.1 + 0.4);
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 2, 11", "1, 1, 0", "3, 1, 10"})
  void pixelsThatDoNotFillThePictureAreRefused(int width, int height, int bytes) {
    assertThatThrownBy(() -> PngEncoder.encode(new byte[bytes], width, height))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot encode a picture of " + width + "x" + height + " from " + bytes + " bytes");
  }
}
