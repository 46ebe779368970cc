package io.sparkmm.data.inspect;

import io.sparkmm.data.inspect.SplitStatistics.Measure;
import java.util.List;
import java.util.Locale;

/** Shows the statistics of a split as text. */
public final class StatisticsText {
  private static final int BINS = 16;
  private static final int BAR_WIDTH = 40;

  private StatisticsText() {}

  /**
   * The tokens of a sample with a bar for each range of lengths, then one line for each other
   * measure that the samples have; empty without samples.
   */
  public static String of(SplitStatistics statistics) {
    if (statistics.samples() == 0) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    line(text, statistics, Measure.TOKENS);
    List<Histogram.Bin> bins = statistics.of(Measure.TOKENS).bins(BINS);
    long most = bins.stream().mapToLong(Histogram.Bin::count).max().orElseThrow();
    for (Histogram.Bin bin : bins) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %,7d - %,7d %,10d %s\n",
              bin.from(),
              bin.to(),
              bin.count(),
              "#".repeat((int) Math.ceil((double) BAR_WIDTH * bin.count() / most))));
    }
    for (Measure measure : Measure.values()) {
      if (measure != Measure.TOKENS && statistics.of(measure).count() > 0) {
        line(text, statistics, measure);
      }
    }
    return text.toString();
  }

  private static void line(StringBuilder text, SplitStatistics statistics, Measure measure) {
    Histogram histogram = statistics.of(measure);
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %,d to %,d, mean %,.1f\n",
            name(measure),
            histogram.min(),
            histogram.max(),
            histogram.mean()));
  }

  private static String name(Measure measure) {
    return switch (measure) {
      case TOKENS -> "tokens per sample";
      case SUPERVISED -> "supervised tokens per sample";
      case REJECTED_TOKENS -> "tokens with the rejected answer";
      case REJECTED_SUPERVISED -> "supervised tokens of the rejected answer";
      case RECORDS -> "records per row";
      case RECORD_TOKENS -> "tokens per record";
      case PADDING -> "padding per row";
      case PICTURES -> "pictures per sample";
      case PIXELS -> "pixels per picture";
      case PATCHES -> "patches per picture";
    };
  }
}
