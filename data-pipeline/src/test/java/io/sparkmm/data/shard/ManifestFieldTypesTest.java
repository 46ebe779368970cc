package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Takes each field of a manifest in turn, removes it or gives it a value of each other type. */
class ManifestFieldTypesTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** One value of each JSON type. */
  private static final List<JsonNode> VALUES =
      List.of(
          JSON.textNode("text"),
          JSON.numberNode(12),
          JSON.numberNode(1.5),
          JSON.booleanNode(true),
          JSON.nullNode(),
          JSON.objectNode(),
          JSON.arrayNode().add(3));

  private static ObjectNode manifest() {
    ShardManifest manifest =
        new ShardManifest(
            new ShardManifest.Origin("qwen2vl", "t", "p", 3, new TreeMap<>(Map.of("a", "b"))),
            Map.of(
                Split.TRAIN, List.of(new ShardInfo("train/x", 2, 20, 200, 7)),
                Split.VAL, List.of(new ShardInfo("val/x", 1, 5, 90, 8))),
            List.of(
                new RejectSummary(
                    RejectReason.IMAGE_MISSING,
                    2,
                    List.of(new RejectedSample("s", 4, RejectReason.IMAGE_MISSING, "d")))));
    try {
      return (ObjectNode) MAPPER.readTree(ShardManifestParser.toJson(manifest));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The ways to all fields, as JSON pointers. */
  static List<String> fields() {
    List<String> pointers = new ArrayList<>();
    collect("", manifest(), pointers);
    return pointers;
  }

  private static void collect(String pointer, JsonNode node, List<String> pointers) {
    if (node.isObject()) {
      node.fieldNames()
          .forEachRemaining(
              name -> {
                pointers.add(pointer + "/" + name);
                collect(pointer + "/" + name, node.get(name), pointers);
              });
    } else if (node.isArray()) {
      IntStream.range(0, node.size())
          .forEach(i -> collect(pointer + "/" + i, node.get(i), pointers));
    }
  }

  /** How messages write the way to a field: {@code a.b[0].c}. */
  private static String path(String pointer) {
    return pointer.substring(1).replaceAll("/(\\d+)", "[$1]").replace('/', '.');
  }

  private static ObjectNode parent(ObjectNode root, String pointer) {
    return (ObjectNode) root.at(pointer.substring(0, pointer.lastIndexOf('/')));
  }

  private static String name(String pointer) {
    return pointer.substring(pointer.lastIndexOf('/') + 1);
  }

  private static void refused(JsonNode manifest, String message) {
    assertThatThrownBy(() -> ShardManifestParser.fromJson(manifest.toString(), "m.json"))
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.DATASET))
        .hasMessageStartingWith("Cannot read m.json: ")
        .hasMessageContaining(message);
  }

  @Test
  void thereIsSomethingToTakeAway() {
    assertThat(fields()).hasSizeGreaterThan(30).contains("/splits/train/shards/0/crc32c");
  }

  @ParameterizedTest
  @MethodSource("fields")
  void aFieldThatIsMissingIsNamed(String pointer) {
    ObjectNode root = manifest();
    parent(root, pointer).remove(name(pointer));
    if (pointer.matches("/kind|/configuration/.*|/splits/[a-z]*")) {
      // Older manifests name no kind. Settings and splits are entries, of any number.
      assertThat(ShardManifestParser.fromJson(root.toString(), "m.json")).isNotNull();
    } else {
      refused(root, path(pointer) + " is missing");
    }
  }

  @ParameterizedTest
  @MethodSource("fields")
  void aFieldOfAnotherTypeIsNamed(String pointer) {
    JsonNode right = manifest().at(pointer);
    for (JsonNode wrong : VALUES) {
      if (wrong.getNodeType() == right.getNodeType() && !wrong.isFloatingPointNumber()) {
        continue;
      }
      ObjectNode root = manifest();
      parent(root, pointer).set(name(pointer), wrong);
      refused(root, path(pointer));
    }
  }

  @ParameterizedTest
  @MethodSource("fields")
  void anElementOfAListThatIsNoObjectIsNamed(String pointer) {
    ObjectNode root = manifest();
    if (root.at(pointer) instanceof ArrayNode list) {
      list.insert(0, "text");
      refused(root, path(pointer) + "[0] is not an object");
    } else {
      assertThat(ShardManifestParser.fromJson(root.toString(), "m.json").rejected()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "train, rows, 2", "train, tokens, 20", "train, bytes, 200",
    "val, rows, 1", "val, tokens, 5", "val, bytes, 90",
  })
  void aSumThatDoesNotFitTheShardsIsRefused(String split, String field, long right) {
    for (long wrong : new long[] {right - 1, right + 1, -right, Long.MAX_VALUE}) {
      ObjectNode root = manifest();
      ((ObjectNode) root.at("/splits/" + split)).put(field, wrong);
      refused(
          root,
          "splits."
              + split
              + "."
              + field
              + " is "
              + wrong
              + ", but its shards have "
              + right
              + " together");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 2, -1, 1L << 40})
  void otherVersionsAreRefusedBeforeAnythingElse(long version) {
    refused(
        JSON.objectNode().put("format-version", version),
        "format-version is " + version + ", this version of SparkMM reads 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"99999999999999999999", "1e3", "-9223372036854775809"})
  void numbersBeyondALongAreRefused(String number) {
    String json = manifest().toString().replace("\"seed\":3", "\"seed\":" + number);
    assertThatThrownBy(() -> ShardManifestParser.fromJson(json, "m.json"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("seed is ")
        .hasMessageEndingWith(", not a whole number");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "xyz", "0x12", "12 ", "-1", "1ffffffff", "ffffffffffffffffffff"})
  void checksumsOfAnotherFormAreRefused(String checksum) {
    ObjectNode root = manifest();
    ((ObjectNode) root.at("/splits/train/shards/0")).put("crc32c", checksum);
    refused(root, "splits.train.shards[0].");
  }

  @ParameterizedTest
  @EnumSource(RejectReason.class)
  void everyReasonComesBack(RejectReason reason) {
    RejectSummary summary =
        new RejectSummary(reason, 9, List.of(new RejectedSample("f", 0, reason, "\u00fc \"x\"")));
    ShardInfo shard = new ShardInfo("train/x", 0, 0, 0, 0);
    ShardPart part =
        new ShardPart(
            shard,
            List.of(summary),
            Optional.of(new ShardPart.RejectsFile("rejects/x", 12, 0xfffffff0L)));
    String json = ShardManifestParser.partToJson(part);
    assertThat(ShardManifestParser.partFromJson(json, "part")).isEqualTo(part);
    assertThat(json).doesNotContain(reason.name());
  }

  @Property(seed = "1", tries = 150)
  void everyManifestComesBack(
      @ForAll @Size(max = 5) List<@LongRange(max = 1L << 40) Long> rows,
      @ForAll @StringLength(max = 12) String text,
      @ForAll long seed,
      @ForAll @IntRange(max = 3) int rejects) {
    List<ShardInfo> shards = new ArrayList<>();
    for (long count : rows) {
      shards.add(
          new ShardInfo(
              Split.VAL.shardFile(shards.size()),
              count,
              3 * count,
              7 * count + 1,
              (seed ^ count) & 0xffffffffL));
    }
    RejectReason reason = RejectReason.values()[Math.floorMod(seed, RejectReason.values().length)];
    List<RejectedSample> examples = new ArrayList<>();
    for (int i = 0; i < rejects; i++) {
      examples.add(new RejectedSample(text, i, reason, text + i));
    }
    ShardManifest manifest =
        new ShardManifest(
            new ShardManifest.Origin(
                text, text + "t", "p" + text, seed, new TreeMap<>(Map.of(text, text))),
            Map.of(Split.VAL, shards),
            List.of(new RejectSummary(reason, rejects + 5L, examples)));
    String json = ShardManifestParser.toJson(manifest);
    assertThat(ShardManifestParser.fromJson(json, "m.json")).isEqualTo(manifest);
    assertThat(json).endsWith("}\n").doesNotContain("\r\n");
  }
}
