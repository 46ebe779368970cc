package io.sparkmm.data.shard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.SampleKind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes and reads {@code manifest.json}. */
public final class ShardManifestParser {
  private static final String FORMAT_VERSION = "format-version";
  private static final String KIND = "kind";
  private static final String TEMPLATE = "template";
  private static final String TOKENIZER_FINGERPRINT = "tokenizer-fingerprint";
  private static final String PROCESSOR_FINGERPRINT = "processor-fingerprint";
  private static final String SEED = "seed";
  private static final String CONFIGURATION = "configuration";
  private static final String SPLITS = "splits";
  private static final String SHARDS = "shards";
  private static final String FILE = "file";
  private static final String ROWS = "rows";
  private static final String TOKENS = "tokens";
  private static final String BYTES = "bytes";
  private static final String CRC32C = "crc32c";
  private static final String REJECTS = "rejects";
  private static final String REJECTS_FILE = "rejects-file";
  private static final String REASON = "reason";
  private static final String COUNT = "count";
  private static final String EXAMPLES = "examples";
  private static final String SOURCE = "source";
  private static final String RECORD = "record";
  private static final String DETAIL = "detail";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ShardManifestParser() {}

  /** The manifest as indented JSON with a line feed at the end. */
  public static String toJson(ShardManifest manifest) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put(FORMAT_VERSION, ShardManifest.FORMAT_VERSION);
    root.put(KIND, manifest.kind().text());
    ShardManifest.Origin origin = manifest.origin();
    root.put(TEMPLATE, origin.template());
    root.put(TOKENIZER_FINGERPRINT, origin.tokenizerFingerprint());
    root.put(PROCESSOR_FINGERPRINT, origin.processorFingerprint());
    root.put(SEED, origin.seed());
    ObjectNode configuration = root.putObject(CONFIGURATION);
    origin.configuration().forEach(configuration::put);
    ObjectNode splits = root.putObject(SPLITS);
    for (Split split : manifest.shards().keySet()) {
      ObjectNode node = splits.putObject(split.folder());
      node.put(ROWS, manifest.rows(split));
      node.put(TOKENS, manifest.tokens(split));
      node.put(BYTES, manifest.bytes(split));
      ArrayNode shards = node.putArray(SHARDS);
      manifest.shards(split).forEach(shard -> shards.add(shard(shard)));
    }
    root.set(REJECTS, rejects(manifest.rejects()));
    LineageParser.write(manifest.lineage(), root);
    return text(root);
  }

  /**
   * Reads a manifest.
   *
   * @param json content of the file
   * @param origin where it comes from, for messages
   * @throws DataException of kind {@code DATASET} if the text is no manifest of this version, or
   *     contradicts itself
   */
  public static ShardManifest fromJson(String json, String origin) {
    JsonFieldReader root = JsonFieldReader.parse(MAPPER, json, origin);
    long version = root.number(FORMAT_VERSION);
    if (version != ShardManifest.FORMAT_VERSION) {
      throw root.wrong(
          FORMAT_VERSION,
          "is " + version + ", this version of SparkMM reads " + ShardManifest.FORMAT_VERSION);
    }
    JsonNode configuration = root.object(CONFIGURATION).node();
    SortedMap<String, String> settings = new TreeMap<>();
    configuration
        .fieldNames()
        .forEachRemaining(key -> settings.put(key, root.object(CONFIGURATION).text(key)));
    return new ShardManifest(
        kind(root),
        new ShardManifest.Origin(
            root.text(TEMPLATE),
            root.text(TOKENIZER_FINGERPRINT),
            root.text(PROCESSOR_FINGERPRINT),
            root.number(SEED),
            settings),
        splits(root.object(SPLITS)),
        rejects(root),
        LineageParser.read(root));
  }

  /** What a task reports about the shard it wrote, for the driver to put into the manifest. */
  static String partToJson(ShardPart part) {
    ObjectNode root = shard(part.shard());
    root.set(REJECTS, rejects(part.rejects()));
    if (part.rejectsFile().isPresent()) {
      ObjectNode file = root.putObject(REJECTS_FILE);
      file.put(FILE, part.rejectsFile().get().file());
      file.put(BYTES, part.rejectsFile().get().bytes());
      file.put(CRC32C, hex(part.rejectsFile().get().crc32c()));
    }
    return text(root);
  }

  /** Reads what {@link #partToJson} wrote. */
  static ShardPart partFromJson(String json, String origin) {
    JsonFieldReader root = JsonFieldReader.parse(MAPPER, json, origin);
    Optional<ShardPart.RejectsFile> rejectsFile = Optional.empty();
    if (root.has(REJECTS_FILE)) {
      JsonFieldReader file = root.object(REJECTS_FILE);
      rejectsFile =
          Optional.of(
              new ShardPart.RejectsFile(file.text(FILE), file.number(BYTES), file.hex(CRC32C)));
    }
    return new ShardPart(shard(root), rejects(root), rejectsFile);
  }

  /** One line of a rejects file, without the line's end. */
  static String rejectToJson(RejectedSample reject) {
    return reject(reject).toString();
  }

  private static ObjectNode shard(ShardInfo shard) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put(FILE, shard.file());
    node.put(ROWS, shard.rows());
    node.put(TOKENS, shard.tokens());
    node.put(BYTES, shard.bytes());
    return node.put(CRC32C, shard.crc32cHex());
  }

  private static ShardInfo shard(JsonFieldReader node) {
    long crc = node.hex(CRC32C);
    try {
      return new ShardInfo(
          node.text(FILE), node.number(ROWS), node.number(TOKENS), node.number(BYTES), crc);
    } catch (IllegalArgumentException e) {
      throw node.wrong(FILE, "has impossible numbers: " + e.getMessage());
    }
  }

  /** Data sets from before there were several kinds hold conversations to imitate. */
  private static SampleKind kind(JsonFieldReader root) {
    if (!root.has(KIND)) {
      return SampleKind.SFT;
    }
    String name = root.text(KIND);
    return SampleKind.find(name)
        .orElseThrow(() -> root.wrong(KIND, "is \"" + name + "\", which is no known kind"));
  }

  private static Map<Split, List<ShardInfo>> splits(JsonFieldReader node) {
    Map<Split, List<ShardInfo>> shards = new EnumMap<>(Split.class);
    for (Split split : Split.values()) {
      if (!node.has(split.folder())) {
        continue;
      }
      JsonFieldReader part = node.object(split.folder());
      List<ShardInfo> infos = new ArrayList<>();
      for (JsonFieldReader shard : part.objects(SHARDS)) {
        infos.add(shard(shard));
      }
      requireSum(part, ROWS, infos.stream().mapToLong(ShardInfo::rows).sum());
      requireSum(part, TOKENS, infos.stream().mapToLong(ShardInfo::tokens).sum());
      requireSum(part, BYTES, infos.stream().mapToLong(ShardInfo::bytes).sum());
      shards.put(split, infos);
    }
    return shards;
  }

  private static void requireSum(JsonFieldReader part, String field, long sum) {
    if (part.number(field) != sum) {
      throw part.wrong(
          field, "is " + part.number(field) + ", but its shards have " + sum + " together");
    }
  }

  private static ArrayNode rejects(List<RejectSummary> summaries) {
    ArrayNode nodes = MAPPER.createArrayNode();
    for (RejectSummary summary : summaries) {
      ObjectNode node = nodes.addObject();
      node.put(REASON, summary.reason().name().toLowerCase(Locale.ROOT));
      node.put(COUNT, summary.count());
      ArrayNode examples = node.putArray(EXAMPLES);
      summary.examples().forEach(example -> examples.add(reject(example)));
    }
    return nodes;
  }

  private static List<RejectSummary> rejects(JsonFieldReader root) {
    List<RejectSummary> summaries = new ArrayList<>();
    for (JsonFieldReader node : root.objects(REJECTS)) {
      List<RejectedSample> examples = new ArrayList<>();
      for (JsonFieldReader example : node.objects(EXAMPLES)) {
        examples.add(
            new RejectedSample(
                example.text(SOURCE),
                example.number(RECORD),
                reason(example),
                example.text(DETAIL)));
      }
      try {
        summaries.add(new RejectSummary(reason(node), node.number(COUNT), examples));
      } catch (IllegalArgumentException e) {
        throw node.wrong(COUNT, "does not go with the examples: " + e.getMessage());
      }
    }
    return summaries;
  }

  private static ObjectNode reject(RejectedSample reject) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put(SOURCE, reject.source());
    node.put(RECORD, reject.record());
    node.put(REASON, reject.reason().name().toLowerCase(Locale.ROOT));
    return node.put(DETAIL, reject.detail());
  }

  private static RejectReason reason(JsonFieldReader node) {
    String name = node.text(REASON);
    for (RejectReason reason : RejectReason.values()) {
      if (reason.name().toLowerCase(Locale.ROOT).equals(name)) {
        return reason;
      }
    }
    throw node.wrong(REASON, "is \"" + name + "\", which is no known reason");
  }

  private static String hex(long crc32c) {
    return String.format(Locale.ROOT, "%08x", crc32c);
  }

  private static String text(ObjectNode root) {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
    try {
      return MAPPER.writer(printer).writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write a manifest as JSON", e);
    }
  }
}
