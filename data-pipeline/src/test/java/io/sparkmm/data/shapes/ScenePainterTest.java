package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScenePainterTest {
  private static final int GROUND = 220;

  private static SceneObject object(ObjectShape shape) {
    return new SceneObject(ObjectColor.BLUE, shape, 0, 14.3, 13.9, 11, 0x2d50d7);
  }

  private static byte[] paint(double noise, ObjectShape... shapes) {
    List<SceneObject> objects = List.of(shapes).stream().map(ScenePainterTest::object).toList();
    return ScenePainter.paint(new Scene(objects, GROUND, noise), SceneRandom.of(1));
  }

  private static int red(byte[] pixels, int x, int y) {
    return pixels[(y * Scene.SIZE + x) * 3] & 0xff;
  }

  @Test
  void withoutNoiseTheGroundIsEven() {
    byte[] pixels = paint(0);
    assertThat(pixels).hasSize(56 * 56 * 3).containsOnly((byte) GROUND);
  }

  @Test
  void insideIsTheObjectAndOutsideTheGround() {
    for (ObjectShape shape : ObjectShape.values()) {
      byte[] pixels = paint(0, shape);
      assertThat(red(pixels, 14, 14)).as("%s", shape).isEqualTo(0x2d);
      assertThat(red(pixels, 40, 14)).isEqualTo(GROUND);
      assertThat(red(pixels, 1, 1)).isEqualTo(GROUND);
    }
  }

  @Test
  void edgesAreSoftInQuarters() {
    Set<Integer> levels = new HashSet<>();
    byte[] pixels = paint(0, ObjectShape.CIRCLE);
    for (int i = 0; i < pixels.length; i += 3) {
      levels.add(pixels[i] & 0xff);
    }
    // Mixtures of 45 and 220 with 0 to 4 of 4 samples; half levels go to the even neighbour.
    assertThat(levels).containsExactlyInAnyOrder(45, 89, 132, 176, 220);
  }

  @Test
  void paintedAreasAreThoseOfTheOutlines() {
    for (ObjectShape shape : ObjectShape.values()) {
      byte[] pixels = paint(0, shape);
      double covered = 0;
      for (int i = 0; i < pixels.length; i += 3) {
        covered += (GROUND - (pixels[i] & 0xff)) / (double) (GROUND - 0x2d);
      }
      double expected = CocoInstances.area(object(shape).outline());
      assertThat(covered).as("%s", shape).isBetween(expected - 6, expected + 6);
    }
  }

  @Test
  void noiseHasTheAskedStrengthAndIsRepeatable() {
    byte[] pixels = paint(5);
    double squares = 0;
    for (byte pixel : pixels) {
      double difference = (pixel & 0xff) - GROUND;
      squares += difference * difference;
    }
    assertThat(Math.sqrt(squares / pixels.length)).isBetween(4.8, 5.2);
    assertThat(paint(5)).isEqualTo(pixels);
  }
}
