package io.sparkmm.data.shapes;

/**
 * One object of a scene.
 *
 * @param color its colour
 * @param shape its shape
 * @param cell the cell of the picture it lies in: row * 2 + column
 * @param centerX horizontal centre in pixels
 * @param centerY vertical centre in pixels, downwards
 * @param radius radius in pixels of the circle that it fits into, or has the area of (a square)
 * @param rgb its exact colour, {@code 0xRRGGBB}
 */
record SceneObject(
    ObjectColor color,
    ObjectShape shape,
    int cell,
    double centerX,
    double centerY,
    double radius,
    int rgb) {

  /** What it is, such as "an orange star". */
  String phrase() {
    return phrase(color, shape);
  }

  /** The phrase for an object of this kind. */
  static String phrase(ObjectColor color, ObjectShape shape) {
    return color.withArticle() + " " + shape.word();
  }

  /** Its outline in pixels, {@code x0, y0, x1, y1, ...}. */
  double[] outline() {
    return shape.outline(centerX, centerY, radius);
  }

  boolean is(ObjectColor otherColor, ObjectShape otherShape) {
    return color == otherColor && shape == otherShape;
  }
}
