package io.sparkmm.data.job;

import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.shard.Lineage;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import java.util.List;
import java.util.Locale;

/** What a preparation made, for people. */
final class PrepareReport {
  private static final double MEBIBYTE = 1 << 20;

  private PrepareReport() {}

  /** One line when nothing was done, else what there is now. */
  static String text(PrepareResult result, String output) {
    StringBuilder text = new StringBuilder();
    ShardManifest manifest = result.manifest();
    switch (result.outcome()) {
      case UP_TO_DATE ->
          text.append(
              String.format(
                  Locale.ROOT,
                  "up to date: %s holds %,d samples of %,d records (version %d)\n",
                  output,
                  manifest.rows(),
                  manifest.lineage().records(),
                  manifest.version()));
      case MADE -> text.append(text(manifest, output));
      case APPENDED -> {
        List<Lineage.Addition> additions = manifest.lineage().additions();
        Lineage.Addition added = additions.get(additions.size() - 1);
        text.append(text(manifest, output))
            .append(
                String.format(
                    Locale.ROOT,
                    "version %d: added %,d samples of %,d records, rejected %,d\n",
                    manifest.version(),
                    added.samples(),
                    added.records(),
                    added.rejected()));
      }
    }
    result.notes().forEach(note -> text.append(note).append('\n'));
    return text.toString();
  }

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
    text.append(rejects(manifest));
    if (manifest.rejected() > 0) {
      text.append("  all of them are listed in ").append(output).append("/rejects\n");
    }
    return text.append("data set: ").append(output).append('\n').toString();
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
