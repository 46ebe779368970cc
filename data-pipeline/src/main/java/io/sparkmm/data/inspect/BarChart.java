package io.sparkmm.data.inspect;

import java.util.List;
import java.util.Locale;

/**
 * A histogram as an SVG picture: a bar for each range, counts to the left, numbers below.
 *
 * @param title what is counted, for readers who do not see the picture
 * @param bins the ranges, ascending
 */
record BarChart(String title, List<Histogram.Bin> bins) {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 190;
  private static final int LEFT = 52;
  private static final int RIGHT = 10;
  private static final int TOP = 8;
  private static final int BOTTOM = 24;

  /** Room for a label below the bars. */
  private static final int LABEL_WIDTH = 58;

  void append(HtmlBuilder out) {
    out.open("svg", "viewBox", "0 0 " + WIDTH + " " + HEIGHT, "role", "img", "aria-label", title);
    long most = bins.stream().mapToLong(Histogram.Bin::count).max().orElse(0);
    long step = step(most);
    double top = Math.ceil((double) most / step) * step;
    for (long count = 0; count <= top; count += step) {
      double y = HEIGHT - BOTTOM - count / top * (HEIGHT - TOP - BOTTOM);
      out.empty(
          "path",
          "class",
          "grid",
          "d",
          String.format(Locale.ROOT, "M%d %.1fH%d", LEFT, y, WIDTH - RIGHT));
      out.element("text", compact(count), "x", number(LEFT - 6), "y", number(y + 4), "class", "y");
    }
    double width = (double) (WIDTH - LEFT - RIGHT) / bins.size();
    double labelled = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < bins.size(); i++) {
      Histogram.Bin bin = bins.get(i);
      double x = LEFT + i * width;
      double height = bin.count() / top * (HEIGHT - TOP - BOTTOM);
      out.open(
              "rect",
              "x",
              number(x + Math.min(1, width * 0.1)),
              "y",
              number(HEIGHT - BOTTOM - height),
              "width",
              number(Math.min(width - Math.min(2, width * 0.2), 48)),
              "height",
              number(height))
          .element("title", range(bin) + ": " + String.format(Locale.ROOT, "%,d", bin.count()))
          .close("rect");
      if (x - labelled >= LABEL_WIDTH && (x <= WIDTH - RIGHT - LABEL_WIDTH / 2 || isTail(i))) {
        out.element(
            "text",
            (isTail(i) ? "\u2265\u2009" : "") + compact(bin.from()),
            "x",
            number(x + Math.min(1, width * 0.1)),
            "y",
            number(HEIGHT - 7));
        labelled = x;
      }
    }
    out.close("svg");
  }

  /** The counts as a table, for those who want the numbers. */
  void appendTable(HtmlBuilder out) {
    out.open("details").element("summary", "numbers").open("table");
    for (Histogram.Bin bin : bins) {
      out.open("tr")
          .element("td", range(bin), "class", "n")
          .element("td", String.format(Locale.ROOT, "%,d", bin.count()), "class", "n")
          .close("tr");
    }
    out.close("table").close("details");
  }

  private boolean isTail(int index) {
    Histogram.Bin bin = bins.get(index);
    Histogram.Bin first = bins.get(0);
    return index > 0 && bin.to() - bin.from() != first.to() - first.from();
  }

  private static String range(Histogram.Bin bin) {
    return bin.from() == bin.to()
        ? String.format(Locale.ROOT, "%,d", bin.from())
        : String.format(Locale.ROOT, "%,d\u2013%,d", bin.from(), bin.to());
  }

  /** 1, 2 or 5 times a power of ten, so that there are at most five steps. */
  private static long step(long most) {
    long power = 1;
    while (true) {
      for (int factor : new int[] {1, 2, 5}) {
        if (power * factor * 5 >= most) {
          return power * factor;
        }
      }
      power *= 10;
    }
  }

  private static String compact(long value) {
    if (value < 10_000 || value < 100_000 && value % 1000 != 0) {
      return String.format(Locale.ROOT, "%,d", value);
    }
    return value < 10_000_000
        ? String.format(Locale.ROOT, "%,.0fk", value / 1e3)
        : String.format(Locale.ROOT, "%,.0fM", value / 1e6);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
