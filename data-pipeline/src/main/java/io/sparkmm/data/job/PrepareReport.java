package io.sparkmm.data.job;

import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import java.util.List;
import java.util.Locale;

/** What a preparation made, for people. */
final class PrepareReport {
  private static final double MEBIBYTE = 1 << 20;

  private PrepareReport() {}

  /** A table of the splits, and the rejects. */
  static String text(ShardManifest manifest, String output) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-6s %12s %15s %10s %7s\n",
            "split",
            "samples",
            "tokens",
            "MiB",
            "shards"));
    for (Split split : manifest.shards().keySet()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-6s %,12d %,15d %,10.1f %,7d\n",
              split.folder(),
              manifest.rows(split),
              manifest.tokens(split),
              manifest.bytes(split) / MEBIBYTE,
              manifest.shards(split).size()));
    }
    return text.append(rejects(manifest))
        .append("data set: ")
        .append(output)
        .append('\n')
        .toString();
  }

  /** The rejects by reason, each with its examples; one line that says so if there are none. */
  static String rejects(ShardManifest manifest) {
    return rejects("rejected", manifest.rejects());
  }

  /** The same for any rejects. */
  static String rejects(String label, List<RejectSummary> summaries) {
    StringBuilder text = new StringBuilder();
    long count = summaries.stream().mapToLong(RejectSummary::count).sum();
    text.append(String.format(Locale.ROOT, "%s: %,d records\n", label, count));
    for (RejectSummary summary : summaries) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %,d %s: %s\n",
              summary.count(),
              summary.reason().name().toLowerCase(Locale.ROOT),
              summary.reason().description()));
      for (RejectedSample example : summary.examples()) {
        text.append(
            String.format(
                Locale.ROOT,
                "    record %d of %s: %s\n",
                example.record(),
                example.source(),
                example.detail()));
      }
    }
    return text.toString();
  }
}
