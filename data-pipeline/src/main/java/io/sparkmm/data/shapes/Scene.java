package io.sparkmm.data.shapes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a picture shows: one to three objects of different kinds, each in its own cell of 28 pixels,
 * on a grey ground with noise.
 *
 * @param objects the objects in reading order: by cell row, then from left to right
 * @param background grey level of the ground
 * @param noise standard deviation of the noise, in levels
 */
record Scene(List<SceneObject> objects, int background, double noise) {
  /** Width and height in pixels: two merged patches of 2 x 14. */
  static final int SIZE = 56;

  static final int MAX_OBJECTS = 3;

  private static final int CELL = 28;
  private static final int CELLS = 4;
  private static final double REACH = 13.5;
  private static final double REPEAT_SHARE = 0.35;
  private static final int COLOR_SPREAD = 12;

  Scene {
    objects = List.copyOf(objects);
  }

  /** Draws a scene. */
  static Scene draw(SceneRandom random) {
    int count = 1 + random.below(MAX_OBJECTS);
    List<Integer> cells = new ArrayList<>(List.of(0, 1, 2, 3));
    List<SceneObject> objects = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int cell = cells.remove(random.below(CELLS - i));
      objects.add(place(random, objects, cell));
    }
    objects.sort(
        Comparator.<SceneObject>comparingInt(object -> object.cell() / 2)
            .thenComparingDouble(SceneObject::centerX));
    return new Scene(objects, 200 + random.below(51), random.uniform(0, 6));
  }

  private static SceneObject place(SceneRandom random, List<SceneObject> earlier, int cell) {
    boolean repeat = !earlier.isEmpty() && random.chance(REPEAT_SHARE);
    ObjectColor color;
    ObjectShape shape;
    do {
      color = random.pick(List.of(ObjectColor.values()));
      shape = repeat ? earlier.get(0).shape() : random.pick(List.of(ObjectShape.values()));
    } while (contains(earlier, color, shape));
    double radius = CELL * random.uniform(0.36, 0.44);
    double jitter = REACH - radius;
    double x = (cell % 2 + 0.5) * CELL + random.uniform(-jitter, jitter);
    double y = (cell / 2 + 0.5) * CELL + random.uniform(-jitter, jitter);
    int rgb = 0;
    for (int channel = 0; channel < 3; channel++) {
      int level = color.channel(channel) + random.below(2 * COLOR_SPREAD + 1) - COLOR_SPREAD;
      rgb = rgb << 8 | Math.min(255, Math.max(0, level));
    }
    return new SceneObject(color, shape, cell, x, y, radius, rgb);
  }

  /** All objects in reading order, such as "a red circle and a blue square". */
  String caption() {
    return objects.stream().map(SceneObject::phrase).collect(Collectors.joining(" and "));
  }

  boolean contains(ObjectColor color, ObjectShape shape) {
    return contains(objects, color, shape);
  }

  /** Objects with this shape. */
  List<SceneObject> withShape(ObjectShape shape) {
    return objects.stream().filter(object -> object.shape() == shape).toList();
  }

  /** Objects with this colour. */
  List<SceneObject> withColor(ObjectColor color) {
    return objects.stream().filter(object -> object.color() == color).toList();
  }

  private static boolean contains(List<SceneObject> objects, ObjectColor color, ObjectShape shape) {
    return objects.stream().anyMatch(object -> object.is(color, shape));
  }
}
