package io.sparkmm.train.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Draws series of numbers as an SVG line chart that needs neither scripts nor a network. Its lines
 * have the classes {@code line s0}, {@code line s1} and so on.
 */
public final class LineChart {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 240;
  private static final int LEFT = 62;
  private static final int RIGHT = 14;
  private static final int TOP = 12;
  private static final int BOTTOM = 30;
  private static final int MOST_POINTS = 500;

  /** A point of a series. */
  public record Point(double x, double y) {}

  /**
   * One line.
   *
   * @param name what it shows
   * @param points ascending in x; values that are not finite are left out
   */
  public record Series(String name, List<Point> points) {
    public Series {
      points = List.copyOf(points);
    }

    private Series drawable(boolean logarithmic) {
      return new Series(
          name,
          points.stream()
              .filter(point -> Double.isFinite(point.y()) && (!logarithmic || point.y() > 0))
              .toList());
    }
  }

  private final String title;
  private final List<Series> series;
  private final boolean logarithmic;

  /**
   * A chart of one series.
   *
   * @param title accessible name of the chart
   * @param points ascending in x; values that are not finite are left out
   * @param logarithmic whether the y axis is logarithmic; only positive values are drawn then
   */
  public LineChart(String title, List<Point> points, boolean logarithmic) {
    this(title, logarithmic, List.of(new Series(title, points)));
  }

  /**
   * A chart of several series with common axes.
   *
   * @param title accessible name of the chart
   * @param logarithmic whether the y axis is logarithmic; only positive values are drawn then
   */
  public LineChart(String title, boolean logarithmic, List<Series> series) {
    this.title = title;
    this.series = series.stream().map(one -> one.drawable(logarithmic)).toList();
    this.logarithmic = logarithmic;
  }

  /** The chart as an {@code svg} element; a sentence when there is nothing to draw. */
  public String svg() {
    if (series.stream().allMatch(one -> one.points().size() < 2)) {
      return "<p>" + Html.escape(title) + ": not enough points to draw.</p>";
    }
    double minX = all().map(Point::x).min(Double::compare).orElseThrow();
    double maxX = all().map(Point::x).max(Double::compare).orElseThrow();
    double minY = scaledValues().min().orElseThrow();
    double maxY = scaledValues().max().orElseThrow();
    if (maxY - minY < 1e-12) {
      double margin = maxY == 0 ? 0.5 : Math.abs(maxY) / 2;
      minY -= margin;
      maxY += margin;
    }
    StringBuilder svg = new StringBuilder(4096);
    svg.append(
        format(
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
            WIDTH, HEIGHT, Html.escape(title)));
    appendGrid(svg, minX, maxX, minY, maxY);
    for (int i = 0; i < series.size(); i++) {
      appendLine(svg, i, minX, maxX, minY, maxY);
    }
    return svg.append("</svg>").toString();
  }

  private java.util.stream.Stream<Point> all() {
    return series.stream().flatMap(one -> one.points().stream());
  }

  private DoubleStream scaledValues() {
    return all().mapToDouble(point -> scaled(point.y()));
  }

  private void appendLine(
      StringBuilder svg, int index, double minX, double maxX, double minY, double maxY) {
    List<Point> points = series.get(index).points();
    if (points.isEmpty()) {
      return;
    }
    svg.append(format("<polyline class=\"line s%d\" points=\"", index));
    int stride = Math.max(1, (points.size() + MOST_POINTS - 1) / MOST_POINTS);
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
    svg.append("\"/>");
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
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>",
              x,
              HEIGHT - 8,
              i == 4 ? "end" : "middle",
              label(Math.rint(minX + share * (maxX - minX)))));
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
    return format(size < 0.1 ? "%.4f" : size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%.0f", value);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
