package io.sparkmm.data.inspect;

import io.sparkmm.data.inspect.SplitStatistics.Measure;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.shard.Lineage;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.SourceState;
import io.sparkmm.data.shard.Split;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Shows what a manifest says: origin, splits, settings, rejects. */
final class ManifestView {
  private static final double KIBIBYTE = 1 << 10;
  private static final double MEBIBYTE = 1 << 20;

  /** Characters of a setting or a reject's detail that are shown. */
  private static final int LONGEST = 600;

  private final ShardManifest manifest;

  ManifestView(ShardManifest manifest) {
    this.manifest = manifest;
  }

  /** What the samples are and what made them. */
  void appendOrigin(String tokens, HtmlBuilder out) {
    out.open("table", "class", "keys");
    key("samples", kind(), out);
    key("template", manifest.origin().template(), out);
    key("tokenizer", manifest.origin().tokenizerFingerprint(), out);
    key("picture processor", manifest.origin().processorFingerprint(), out);
    key("seed", Long.toString(manifest.origin().seed()), out);
    key("version", Integer.toString(manifest.version()), out);
    key("shown here", tokens, out);
    out.close("table").line();
  }

  private String kind() {
    return switch (manifest.kind()) {
      case SFT -> "conversations to imitate (sft)";
      case PREFERENCE -> "pairs of a chosen and a rejected answer (preference)";
      case PACKED -> "rows of several conversations (packed)";
      case PRETRAIN -> "plain texts (pretrain)";
    };
  }

  /** A row of numbers for each split. */
  void appendSplits(Map<Split, SplitStatistics> statistics, HtmlBuilder out) {
    out.open("div", "class", "wide").open("table").open("tr").element("th", "split");
    for (String name :
        new String[] {"samples", "tokens", "supervised", "pictures", "shards", "size"}) {
      out.element("th", name, "class", "n");
    }
    out.close("tr");
    for (Split split : manifest.shards().keySet()) {
      out.open("tr").element("td", split.folder());
      number(out, manifest.rows(split));
      number(out, manifest.tokens(split));
      SplitStatistics known = statistics.get(split);
      if (known == null) {
        out.element("td", "not read", "class", "n note").element("td", "", "class", "n");
      } else {
        double supervised =
            known.of(Measure.SUPERVISED).sum() + known.of(Measure.REJECTED_SUPERVISED).sum();
        number(out, (long) supervised);
        number(out, (long) known.of(Measure.PICTURES).sum());
      }
      number(out, manifest.shards(split).size());
      out.element("td", size(manifest.bytes(split)), "class", "n").close("tr");
    }
    out.close("table").close("div").line();
  }

  /** What each version has added, when there are several. */
  void appendVersions(HtmlBuilder out) {
    List<Lineage.Addition> additions = manifest.lineage().additions();
    if (additions.size() == 1) {
      return;
    }
    out.element("h2", "Versions");
    out.open("div", "class", "wide").open("table").open("tr").element("th", "version");
    for (String name : new String[] {"records read", "samples added", "rejected"}) {
      out.element("th", name, "class", "n");
    }
    out.close("tr");
    for (int i = 0; i < additions.size(); i++) {
      out.open("tr").element("td", Integer.toString(i + 1));
      number(out, additions.get(i).records());
      number(out, additions.get(i).samples());
      number(out, additions.get(i).rejected());
      out.close("tr");
    }
    out.close("table").close("div").line();
  }

  /** The source files with what is known of them, folded away. */
  void appendFiles(HtmlBuilder out) {
    List<SourceState> sources = manifest.lineage().sources();
    if (sources.isEmpty()) {
      return;
    }
    out.open("details").element("summary", "source files when they were read: " + sources.size());
    out.open("div", "class", "wide").open("table").open("tr").element("th", "file");
    out.element("th", "split").element("th", "records", "class", "n");
    out.element("th", "bytes", "class", "n").element("th", "CRC-32C").close("tr");
    for (SourceState source : sources) {
      out.open("tr").element("td", source.file(), "class", "path");
      out.element("td", source.split().folder());
      number(out, source.records());
      number(out, source.end());
      out.open("td").element("code", source.crc32cHex()).close("td").close("tr");
    }
    out.close("table").close("div").close("details").line();
  }

  /** All settings, folded away. */
  void appendSettings(HtmlBuilder out) {
    Map<String, String> settings = manifest.origin().configuration();
    out.open("details").element("summary", settings.size() + " settings of the preparation");
    out.open("table", "class", "keys");
    settings.forEach((name, value) -> key(name, value, out));
    out.close("table").close("details").line();
  }

  /** The rejects by reason. */
  void appendRejects(HtmlBuilder out) {
    if (manifest.rejects().isEmpty()) {
      out.element("p", "No record was rejected.");
      return;
    }
    out.open("div", "class", "wide").open("table").open("tr").element("th", "reason");
    out.element("th", "records", "class", "n").element("th", "examples").close("tr");
    for (RejectSummary reject : manifest.rejects()) {
      out.open("tr").open("td").text(reject.reason().description()).empty("br");
      out.element("code", reject.reason().name().toLowerCase(Locale.ROOT), "class", "note");
      out.close("td");
      number(out, reject.count());
      out.open("td").open("ul");
      for (RejectedSample example : reject.examples()) {
        out.open("li")
            .element("span", example.source() + "#" + example.record(), "class", "path")
            .text(": " + shortened(example.detail()))
            .close("li");
      }
      out.close("ul").close("td").close("tr");
    }
    out.close("table").close("div").line();
    out.element(
        "p", "All of them are listed in the folder rejects of the data set.", "class", "note");
  }

  private static void key(String name, String value, HtmlBuilder out) {
    out.open("tr").element("th", name).open("td");
    out.element("span", shortened(value), "class", "path").close("td").close("tr");
  }

  private static void number(HtmlBuilder out, long value) {
    out.element("td", String.format(Locale.ROOT, "%,d", value), "class", "n");
  }

  private static String size(long bytes) {
    return bytes < MEBIBYTE
        ? String.format(Locale.ROOT, "%,.1f KiB", bytes / KIBIBYTE)
        : String.format(Locale.ROOT, "%,.1f MiB", bytes / MEBIBYTE);
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST
        ? text
        : text.substring(0, LONGEST) + " \u2026 (" + text.length() + " characters)";
  }
}
