package io.sparkmm.data.shapes;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;

/**
 * Paints scenes with Java 2D. Shapes are filled without anti-aliasing at twice the size, where Java
 * 2D's result is a plain inside test, and averaged over 2x2 samples; so the edges are soft and the
 * bytes do not depend on the rasteriser.
 */
final class ScenePainter {
  private static final int SAMPLES = 2;
  private static final int LARGE = Scene.SIZE * SAMPLES;

  private ScenePainter() {}

  /**
   * The picture of a scene.
   *
   * @param random source of the noise
   * @return red, green, blue per pixel, row by row: {@code 56*56*3} bytes
   */
  static byte[] paint(Scene scene, SceneRandom random) {
    int[] samples = paintLarge(scene);
    byte[] pixels = new byte[Scene.SIZE * Scene.SIZE * 3];
    int at = 0;
    for (int y = 0; y < Scene.SIZE; y++) {
      for (int x = 0; x < Scene.SIZE; x++) {
        int first = y * SAMPLES * LARGE + x * SAMPLES;
        for (int shift = 16; shift >= 0; shift -= 8) {
          int sum =
              level(samples[first], shift)
                  + level(samples[first + 1], shift)
                  + level(samples[first + LARGE], shift)
                  + level(samples[first + LARGE + 1], shift);
          double noisy = sum / 4.0 + scene.noise() * random.gaussian();
          pixels[at++] = (byte) Math.min(255, Math.max(0, (int) StrictMath.rint(noisy)));
        }
      }
    }
    return pixels;
  }

  private static int[] paintLarge(Scene scene) {
    BufferedImage large = new BufferedImage(LARGE, LARGE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = large.createGraphics();
    try {
      // Points are tested at the centres of the samples; by default Java 2D takes their corners.
      graphics.setRenderingHint(
          RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      graphics.setColor(new Color(scene.background(), scene.background(), scene.background()));
      graphics.fillRect(0, 0, LARGE, LARGE);
      for (SceneObject object : scene.objects()) {
        graphics.setColor(new Color(object.rgb()));
        graphics.fill(path(object.outline()));
      }
    } finally {
      graphics.dispose();
    }
    return large.getRGB(0, 0, LARGE, LARGE, null, 0, LARGE);
  }

  private static Path2D path(double[] outline) {
    Path2D path = new Path2D.Double();
    path.moveTo(outline[0] * SAMPLES, outline[1] * SAMPLES);
    for (int i = 2; i < outline.length; i += 2) {
      path.lineTo(outline[i] * SAMPLES, outline[i + 1] * SAMPLES);
    }
    path.closePath();
    return path;
  }

  private static int level(int rgb, int shift) {
    return rgb >> shift & 0xff;
  }
}
