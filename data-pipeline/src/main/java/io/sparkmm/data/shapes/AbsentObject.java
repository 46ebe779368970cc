package io.sparkmm.data.shapes;

import java.util.ArrayList;
import java.util.List;

/**
 * An object that a scene does not show.
 *
 * @param color its colour
 * @param shape its shape
 */
record AbsentObject(ObjectColor color, ObjectShape shape) {

  /**
   * Draws one.
   *
   * @param hard true: its colour, its shape, or both in different objects are in the scene; false:
   *     neither is
   */
  static AbsentObject draw(Scene scene, SceneRandom random, boolean hard) {
    List<AbsentObject> candidates = new ArrayList<>();
    for (ObjectColor color : ObjectColor.values()) {
      for (ObjectShape shape : ObjectShape.values()) {
        boolean related = !scene.withColor(color).isEmpty() || !scene.withShape(shape).isEmpty();
        if (related == hard && !scene.contains(color, shape)) {
          candidates.add(new AbsentObject(color, shape));
        }
      }
    }
    return random.pick(candidates);
  }

  /** What it would be, such as "a green star". */
  String phrase() {
    return SceneObject.phrase(color, shape);
  }
}
