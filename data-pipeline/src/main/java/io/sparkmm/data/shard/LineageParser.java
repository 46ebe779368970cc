package io.sparkmm.data.shard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes and reads the part of {@code manifest.json} that tells of sources and versions. */
final class LineageParser {
  private static final String VERSION = "version";
  private static final String SOURCES = "sources";
  private static final String SPLIT = "split";
  private static final String FILE = "file";
  private static final String LAYOUT = "layout";
  private static final String RECORDS = "records";
  private static final String END = "end";
  private static final String CRC32C = "crc32c";
  private static final String VERSIONS = "versions";
  private static final String FINGERPRINT = "fingerprint";
  private static final String SAMPLES = "samples";
  private static final String REJECTED = "rejected";

  private LineageParser() {}

  /** Adds the fields; none for a data set that was not made from source files. */
  static void write(Lineage lineage, ObjectNode root) {
    if (lineage.equals(Lineage.UNKNOWN)) {
      return;
    }
    root.put(VERSION, lineage.version());
    ArrayNode sources = root.putArray(SOURCES);
    for (SourceState source : lineage.sources()) {
      ObjectNode node = sources.addObject();
      node.put(SPLIT, source.split().folder());
      node.put(FILE, source.file());
      node.put(LAYOUT, source.layout().text());
      node.put(RECORDS, source.records());
      node.put(END, source.end());
      node.put(CRC32C, source.crc32cHex());
    }
    ArrayNode versions = root.putArray(VERSIONS);
    for (Lineage.Addition addition : lineage.additions()) {
      ObjectNode node = versions.addObject();
      node.put(FINGERPRINT, addition.fingerprint());
      node.put(RECORDS, addition.records());
      node.put(SAMPLES, addition.samples());
      node.put(REJECTED, addition.rejected());
    }
  }

  static Lineage read(JsonFieldReader root) {
    if (!root.has(VERSION)) {
      return Lineage.UNKNOWN;
    }
    List<SourceState> sources = new ArrayList<>();
    for (JsonFieldReader node : root.objects(SOURCES)) {
      try {
        sources.add(
            new SourceState(
                split(node),
                node.text(FILE),
                layout(node),
                node.number(RECORDS),
                node.number(END),
                node.hex(CRC32C)));
      } catch (IllegalArgumentException e) {
        throw node.wrong(FILE, "has impossible numbers: " + e.getMessage());
      }
    }
    List<Lineage.Addition> additions = new ArrayList<>();
    for (JsonFieldReader node : root.objects(VERSIONS)) {
      additions.add(
          new Lineage.Addition(
              node.text(FINGERPRINT),
              node.number(RECORDS),
              node.number(SAMPLES),
              node.number(REJECTED)));
    }
    if (additions.isEmpty() || additions.size() != root.number(VERSION)) {
      throw root.wrong(
          VERSION, "is " + root.number(VERSION) + ", but " + additions.size() + " are listed");
    }
    return new Lineage(sources, additions);
  }

  private static Split split(JsonFieldReader node) {
    String name = node.text(SPLIT);
    return Arrays.stream(Split.values())
        .filter(split -> split.folder().equals(name))
        .findFirst()
        .orElseThrow(() -> node.wrong(SPLIT, "is \"" + name + "\", which is no split"));
  }

  private static SourceState.Layout layout(JsonFieldReader node) {
    String name = node.text(LAYOUT);
    return Arrays.stream(SourceState.Layout.values())
        .filter(layout -> layout.text().equals(name))
        .findFirst()
        .orElseThrow(() -> node.wrong(LAYOUT, "is \"" + name + "\", which is no layout"));
  }
}
