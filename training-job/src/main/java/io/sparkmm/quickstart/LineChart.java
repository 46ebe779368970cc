package io.sparkmm.quickstart;

import java.util.List;
import java.util.Locale;

/** Draws one series of numbers as an SVG line chart that needs neither scripts nor a network. */
final class LineChart {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 260;
  private static final int LEFT = 64;
  private static final int RIGHT = 16;
  private static final int TOP = 16;
  private static final int BOTTOM = 36;
  private static final int MOST_POINTS = 600;

  /** A point of the series. */
  record Point(double x, double y) {}

  private final String title;
  private final List<Point> points;
  private final boolean logarithmic;

  /**
   * @param title accessible name of the chart
   * @param points ascending in x; values that are not finite are left out
   * @param logarithmic whether the y axis is logarithmic; values must be positive then
   */
  LineChart(String title, List<Point> points, boolean logarithmic) {
    this.title = title;
    this.points =
        points.stream()
            .filter(point -> Double.isFinite(point.y()) && (!logarithmic || point.y() > 0))
            .toList();
    this.logarithmic = logarithmic;
  }

  /** The chart as an {@code svg} element; a sentence when there is nothing to draw. */
  String svg() {
    if (points.size() < 2) {
      return "<p>" + Html.escape(title) + ": not enough points to draw.</p>";
    }
    double minX = points.get(0).x();
    double maxX = points.get(points.size() - 1).x();
    double minY = points.stream().mapToDouble(point -> scaled(point.y())).min().orElseThrow();
    double maxY = points.stream().mapToDouble(point -> scaled(point.y())).max().orElseThrow();
    if (maxY - minY < 1e-12) {
      minY -= 0.5;
      maxY += 0.5;
    }
    StringBuilder svg = new StringBuilder(4096);
    svg.append(
        format(
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
            WIDTH, HEIGHT, Html.escape(title)));
    appendGrid(svg, minX, maxX, minY, maxY);
    svg.append("<polyline class=\"line\" points=\"");
    int stride = Math.max(1, points.size() / MOST_POINTS);
    for (int first = 0; first < points.size(); first += stride) {
      int last = Math.min(points.size(), first + stride);
      double x = 0;
      double y = 0;
      // A mean per stride keeps a long curve readable without hiding its level.
      for (Point point : points.subList(first, last)) {
        x += point.x();
        y += scaled(point.y());
      }
      int count = last - first;
      svg.append(
          format(
              "%.1f,%.1f ",
              LEFT + (x / count - minX) / Math.max(1e-12, maxX - minX) * plotWidth(),
              TOP + (maxY - y / count) / (maxY - minY) * plotHeight()));
    }
    return svg.append("\"/></svg>").toString();
  }

  private void appendGrid(StringBuilder svg, double minX, double maxX, double minY, double maxY) {
    for (int i = 0; i <= 4; i++) {
      double share = i / 4.0;
      double y = TOP + (1 - share) * plotHeight();
      double value = minY + share * (maxY - minY);
      svg.append(
          format(
              "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
              LEFT, y, WIDTH - RIGHT, y, LEFT - 8, y + 4, label(unscaled(value))));
      double x = LEFT + share * plotWidth();
      svg.append(
          format(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
              x, HEIGHT - 12, label(Math.rint(minX + share * (maxX - minX)))));
    }
  }

  private double scaled(double value) {
    return logarithmic ? Math.log10(value) : value;
  }

  private double unscaled(double value) {
    return logarithmic ? Math.pow(10, value) : value;
  }

  private static int plotWidth() {
    return WIDTH - LEFT - RIGHT;
  }

  private static int plotHeight() {
    return HEIGHT - TOP - BOTTOM;
  }

  private static String label(double value) {
    double size = Math.abs(value);
    if (size != 0 && (size < 0.001 || size >= 1e6)) {
      return format("%.1e", value);
    }
    if (value == Math.rint(value)) {
      return format("%.0f", value);
    }
    return format(size < 0.1 ? "%.4f" : size < 10 ? "%.2f" : "%.0f", value);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
