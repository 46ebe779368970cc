package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bounds of what is drawn, and the drawn pixels against a painter of the test's own. */
class ScenePropertiesTest {
  private static final int SCENES = 2000;

  private static List<Scene> scenes(long seed, int count) {
    SceneSource source = new SceneSource(seed, SceneSource.Split.TRAIN);
    List<Scene> scenes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      scenes.add(source.scene(i));
    }
    return scenes;
  }

  @Test
  void radiiAndPlacesFillTheirBounds() {
    double smallest = 28;
    double largest = 0;
    double farthest = 0;
    Set<Integer> cells = new TreeSet<>();
    for (Scene scene : scenes(1, SCENES)) {
      for (SceneObject object : scene.objects()) {
        cells.add(object.cell());
        smallest = Math.min(smallest, object.radius());
        largest = Math.max(largest, object.radius());
        double x = Math.abs(object.centerX() - (14 + object.cell() % 2 * 28));
        double y = Math.abs(object.centerY() - (14 + object.cell() / 2 * 28));
        assertThat(Math.max(x, y) + object.radius()).isLessThanOrEqualTo(13.5 + 1e-9);
        farthest = Math.max(farthest, Math.max(x, y));
      }
    }
    assertThat(cells).containsExactly(0, 1, 2, 3);
    assertThat(smallest).isBetween(0.36 * 28, 0.361 * 28);
    assertThat(largest).isBetween(0.439 * 28, 0.44 * 28);
    assertThat(farthest).isBetween(3.2, 13.5 - 0.36 * 28);
  }

  @Property(seed = "1", tries = 300)
  void noKindIsThereTwice(@ForAll long seed, @ForAll @IntRange(max = 1 << 20) int index) {
    SceneOracle oracle =
        new SceneOracle(new SceneSource(seed, SceneSource.Split.HELDOUT).scene(index));
    assertThat(new HashSet<>(oracle.kinds())).hasSameSizeAs(oracle.kinds());
    assertThat(oracle.kinds()).hasSizeBetween(1, 3);
  }

  @Test
  void exactColoursStayNearestToTheirName() {
    for (Scene scene : scenes(2, SCENES)) {
      for (SceneObject object : scene.objects()) {
        ObjectColor nearest = ObjectColor.RED;
        for (ObjectColor color : ObjectColor.values()) {
          if (distance(object.rgb(), color) < distance(object.rgb(), nearest)) {
            nearest = color;
          }
        }
        assertThat(nearest).isEqualTo(object.color());
      }
    }
  }

  private static int distance(int rgb, ObjectColor color) {
    int sum = 0;
    for (int channel = 0; channel < 3; channel++) {
      int difference = (rgb >> 16 - 8 * channel & 0xff) - color.channel(channel);
      sum += difference * difference;
    }
    return sum;
  }

  @Test
  void everyKindAndCellIsDrawnAboutEquallyOften() {
    int[] cells = new int[4];
    int[] colours = new int[6];
    int[] shapes = new int[4];
    int objects = 0;
    for (Scene scene : scenes(3, SCENES)) {
      for (SceneObject object : scene.objects()) {
        objects++;
        cells[object.cell()]++;
        colours[object.color().ordinal()]++;
        shapes[object.shape().ordinal()]++;
      }
    }
    assertThat(objects).isBetween(SCENES * 19 / 10, SCENES * 21 / 10);
    for (int[] counts : List.of(cells, colours, shapes)) {
      double mean = objects / (double) counts.length;
      assertThat(Arrays.stream(counts).boxed())
          .allSatisfy(count -> assertThat(count / mean).isBetween(0.85, 1.15));
    }
  }

  @Property(seed = "1", tries = 30)
  void aSceneDependsOnItsSeedSplitAndNumberOnly(
      @ForAll long seed, @ForAll @IntRange(max = 9999) int index) {
    SceneSource train = new SceneSource(seed, SceneSource.Split.TRAIN);
    train.scene(index + 1);
    assertThat(train.scene(index))
        .isEqualTo(new SceneSource(seed, SceneSource.Split.TRAIN).scene(index))
        .isNotEqualTo(new SceneSource(seed + 1, SceneSource.Split.TRAIN).scene(index))
        .isNotEqualTo(new SceneSource(seed, SceneSource.Split.HELDOUT).scene(index))
        .isNotEqualTo(train.scene(index + 1));
  }

  /** Whether a point is inside a polygon: an odd number of edges lies to its right. */
  private static boolean inside(double[] outline, double x, double y) {
    boolean inside = false;
    int last = outline.length - 2;
    for (int i = 0; i < outline.length; last = i, i += 2) {
      double y0 = outline[last + 1];
      double y1 = outline[i + 1];
      if (y0 > y != y1 > y) {
        double crossing = outline[last] + (y - y0) / (y1 - y0) * (outline[i] - outline[last]);
        inside ^= x < crossing;
      }
    }
    return inside;
  }

  private static double level(Scene scene, double x, double y, int shift) {
    for (SceneObject object : scene.objects()) {
      if (inside(object.outline(), x, y)) {
        return object.rgb() >> shift & 0xff;
      }
    }
    return scene.background();
  }

  @Test
  void paintedPixelsAreMeansOfFourPointsInsideOrOutside() {
    int different = 0;
    int compared = 0;
    for (Scene drawn : scenes(4, 25)) {
      Scene scene = new Scene(drawn.objects(), drawn.background(), 0);
      byte[] pixels = ScenePainter.paint(scene, SceneRandom.of(0));
      for (int i = 0; i < pixels.length; i++) {
        double x = i / 3 % Scene.SIZE;
        double y = i / 3 / Scene.SIZE;
        int shift = 16 - i % 3 * 8;
        double mean = 0;
        for (int quarter = 0; quarter < 4; quarter++) {
          mean += level(scene, x + 0.25 + quarter % 2 * 0.5, y + 0.25 + quarter / 2 * 0.5, shift);
        }
        compared++;
        different += Math.abs((pixels[i] & 0xff) - mean / 4) > 0.5 ? 1 : 0;
      }
    }
    // Only points that lie on an edge to within the rasteriser's precision may differ.
    assertThat(different).isLessThan(compared / 200);
  }

  @ParameterizedTest
  @EnumSource(ObjectShape.class)
  void outlinesFitTheirCircleAndScaleWithIt(ObjectShape shape) {
    double[] unit = shape.outline(0, 0, 1);
    double[] placed = shape.outline(20, 30, 7);
    double largest = 0;
    for (int i = 0; i < unit.length; i += 2) {
      largest = Math.max(largest, Math.hypot(unit[i], unit[i + 1]));
      assertThat(placed[i]).isEqualTo(20 + 7 * unit[i]);
      assertThat(placed[i + 1]).isEqualTo(30 + 7 * unit[i + 1]);
    }
    assertThat(largest).isBetween(0.99, shape == ObjectShape.SQUARE ? 1.26 : 1 + 1e-12);
    double mirrored = 0;
    for (int i = 0; i < unit.length; i += 2) {
      mirrored += unit[i];
    }
    assertThat(Math.abs(mirrored)).as("symmetric about the vertical").isLessThan(1e-9);
  }
}
