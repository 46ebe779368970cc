package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PngEncoderTest {
  @Property(seed = "1", tries = 50)
  void decodesToTheSamePixels(
      @ForAll @IntRange(min = 1, max = 40) int width,
      @ForAll @IntRange(min = 1, max = 40) int height,
      @ForAll long seed)
      throws IOException {
    SceneRandom random = SceneRandom.of(seed);
    byte[] rgb = new byte[width * height * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) random.below(256);
    }

    BufferedImage image =
        ImageIO.read(new ByteArrayInputStream(PngEncoder.encode(rgb, width, height)));

    assertThat(image.getWidth()).isEqualTo(width);
    assertThat(image.getHeight()).isEqualTo(height);
    assertThat(pixels(image)).isEqualTo(rgb);
  }

  @Test
  void paintedScenesShowTheirObjectsOnTheGround() throws IOException {
    SceneSource source = new SceneSource(1, SceneSource.Split.TRAIN);
    for (int index = 0; index < 50; index++) {
      Scene scene = source.scene(index);
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(source.png(index)));
      for (SceneObject object : scene.objects()) {
        int seen = image.getRGB((int) object.centerX(), (int) object.centerY());
        for (int shift = 0; shift <= 16; shift += 8) {
          assertThat(Math.abs((seen >> shift & 0xff) - (object.rgb() >> shift & 0xff)))
              .isLessThan(35);
        }
      }
      double grey = 0;
      for (int x = 0; x < Scene.SIZE; x++) {
        grey += (image.getRGB(x, 0) & 0xff) / (double) Scene.SIZE;
      }
      // Objects keep half a pixel from the border of their cell.
      assertThat(grey).isBetween(scene.background() - 4.0, scene.background() + 4.0);
    }
  }

  @Test
  void refusesPixelsOfAnotherSize() {
    assertThatThrownBy(() -> PngEncoder.encode(new byte[11], 2, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot encode a picture of 2x2 from 11 bytes");
  }

  private static byte[] pixels(BufferedImage image) {
    byte[] rgb = new byte[image.getWidth() * image.getHeight() * 3];
    int at = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int pixel = image.getRGB(x, y);
        rgb[at++] = (byte) (pixel >> 16);
        rgb[at++] = (byte) (pixel >> 8);
        rgb[at++] = (byte) pixel;
      }
    }
    return rgb;
  }
}
