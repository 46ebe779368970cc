package io.sparkmm.data.inspect;

import io.sparkmm.data.inspect.SplitStatistics.Measure;
import java.util.List;
import java.util.Locale;

/** Shows the statistics of a split as charts, and its sources as a table. */
final class StatisticsView {
  private static final int BINS = 32;
  private static final int SHOWN_SOURCES = 50;

  private final SplitStatistics statistics;

  StatisticsView(SplitStatistics statistics) {
    this.statistics = statistics;
  }

  /** The charts of all measures that the samples have. */
  void appendCharts(HtmlBuilder out) {
    out.open("div", "class", "charts");
    for (Measure measure : Measure.values()) {
      Histogram histogram = statistics.of(measure);
      if (histogram.min() != histogram.max()) {
        appendChart(title(measure), histogram, out);
      }
    }
    out.close("div").line();
    for (Measure measure : Measure.values()) {
      Histogram histogram = statistics.of(measure);
      if (histogram.count() > 0 && histogram.min() == histogram.max()) {
        out.open("p").format("%s: always %,d", title(measure), histogram.min()).close("p");
      }
    }
  }

  private static void appendChart(String title, Histogram histogram, HtmlBuilder out) {
    BarChart chart = new BarChart(title, histogram.bins(BINS));
    out.open("div", "class", "chart").element("h3", title);
    out.element("p", summary(histogram), "class", "note");
    chart.append(out);
    chart.appendTable(out);
    out.close("div");
  }

  /** Extremes, mean and quantiles in one line. */
  static String summary(Histogram histogram) {
    return String.format(
        Locale.ROOT,
        "%,d to %,d, mean %s; half up to %,d, 95 %% up to %,d",
        histogram.min(),
        histogram.max(),
        String.format(Locale.ROOT, histogram.mean() < 1000 ? "%.1f" : "%,.0f", histogram.mean()),
        histogram.quantile(0.5),
        histogram.quantile(0.95));
  }

  private String title(Measure measure) {
    boolean pairs = statistics.of(Measure.REJECTED_TOKENS).count() > 0;
    boolean packed = statistics.of(Measure.RECORDS).count() > 0;
    return switch (measure) {
      case TOKENS ->
          pairs
              ? "Tokens with the chosen answer"
              : packed ? "Tokens of a row, without padding" : "Tokens of a sample";
      case SUPERVISED ->
          pairs
              ? "Supervised tokens of the chosen answer"
              : packed ? "Supervised tokens of a row" : "Supervised tokens of a sample";
      case REJECTED_TOKENS -> "Tokens with the rejected answer";
      case REJECTED_SUPERVISED -> "Supervised tokens of the rejected answer";
      case RECORDS -> "Records of a row";
      case RECORD_TOKENS -> "Tokens of a record";
      case PADDING -> "Padding tokens of a row";
      case PICTURES -> packed ? "Pictures of a row" : "Pictures of a sample";
      case PIXELS -> "Pixels of a picture";
      case PATCHES -> "Patches of a picture, before merging";
    };
  }

  /** Records and tokens by source file. */
  void appendSources(HtmlBuilder out) {
    List<SourceCounts.Source> sources = statistics.sources().sources();
    double most = sources.isEmpty() ? 1 : sources.get(0).records();
    out.open("div", "class", "wide").open("table").open("tr");
    out.element("th", "source").element("th", "records", "class", "n");
    out.element("th", "tokens", "class", "n").element("th", "").close("tr");
    long hidden = statistics.sources().otherRecords();
    for (SourceCounts.Source source : sources) {
      if (sources.indexOf(source) >= SHOWN_SOURCES) {
        hidden += source.records();
        continue;
      }
      out.open("tr").element("td", source.name(), "class", "path");
      out.element("td", String.format(Locale.ROOT, "%,d", source.records()), "class", "n");
      out.element("td", String.format(Locale.ROOT, "%,d", source.tokens()), "class", "n");
      out.open("td", "style", "width:30%")
          .element(
              "span",
              "",
              "class",
              "bar",
              "style",
              String.format(Locale.ROOT, "width:%.1f%%", 100 * source.records() / most))
          .close("td")
          .close("tr");
    }
    if (hidden > 0) {
      out.open("tr").element("td", "other sources");
      out.element("td", String.format(Locale.ROOT, "%,d", hidden), "class", "n");
      out.element("td", "").element("td", "").close("tr");
    }
    out.close("table").close("div").line();
  }
}
