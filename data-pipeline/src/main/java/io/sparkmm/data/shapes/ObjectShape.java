package io.sparkmm.data.shapes;

import java.util.Locale;

/**
 * The shapes of the objects, as polygons around the origin: the square has the area of the unit
 * circle, the others fit into it.
 */
enum ObjectShape {
  CIRCLE,
  SQUARE,
  TRIANGLE,
  STAR;

  /** Corners of the polygon that stands for a circle. */
  private static final int CIRCLE_CORNERS = 48;

  /** Half the side of the square that has the area of the unit circle: {@code sqrt(pi) / 2}. */
  private static final double SQUARE_HALF_SIDE = 0.8862269254527579;

  private static final double STAR_INNER_RADIUS = 0.42;

  /**
   * The outline of an object.
   *
   * @return {@code x0, y0, x1, y1, ...} in pixels, y pointing down, starting at the top and going
   *     clockwise
   */
  double[] outline(double centerX, double centerY, double radius) {
    double[] corners =
        switch (this) {
          case CIRCLE -> regular(CIRCLE_CORNERS, 1);
          case SQUARE -> square();
          case TRIANGLE -> regular(3, 1);
          case STAR -> regular(10, STAR_INNER_RADIUS);
        };
    for (int i = 0; i < corners.length; i += 2) {
      corners[i] = centerX + radius * corners[i];
      corners[i + 1] = centerY + radius * corners[i + 1];
    }
    return corners;
  }

  /** The word for one. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The word for none or several. */
  String plural() {
    return word() + "s";
  }

  private static double[] square() {
    double half = SQUARE_HALF_SIDE;
    return new double[] {-half, -half, half, -half, half, half, -half, half};
  }

  /** Corners at equal angles; each second one at the given radius. */
  private static double[] regular(int corners, double secondRadius) {
    double[] points = new double[2 * corners];
    for (int i = 0; i < corners; i++) {
      double angle = 2 * Math.PI * i / corners;
      double radius = i % 2 == 0 ? 1 : secondRadius;
      points[2 * i] = radius * StrictMath.sin(angle);
      points[2 * i + 1] = -radius * StrictMath.cos(angle);
    }
    return points;
  }
}
