package io.sparkmm.convert.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Manifests as JSON. */
public final class ConversionManifestParser {

  private static final int VERSION = 1;
  private static final String TOOL_NAME = "sparkmm mm-convert 0.1.0";
  private static final int HEXADECIMAL = 16;

  private static final String FORMAT_VERSION = "format_version";
  private static final String TOOL = "tool";
  private static final String TITLE = "title";
  private static final String LAYOUT = "layout";
  private static final String SOURCES = "sources";
  private static final String NAME = "name";
  private static final String SIZE = "size";
  private static final String FINGERPRINT = "fingerprint";
  private static final String FILES = "files";
  private static final String PATH = "path";
  private static final String CRC32 = "crc32";
  private static final String TENSORS = "tensors";
  private static final String DTYPE = "dtype";
  private static final String SHAPE = "shape";
  private static final String OFFSET = "offset";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final String origin;

  private ConversionManifestParser(String origin) {
    this.origin = origin;
  }

  /** The text of a manifest, one line per file and tensor; equal manifests give equal texts. */
  public static String toJson(ConversionManifest manifest) {
    ObjectNode head = MAPPER.createObjectNode();
    head.put(FORMAT_VERSION, VERSION).put(TOOL, TOOL_NAME).put(TITLE, manifest.title());
    ObjectNode layout = head.putObject(LAYOUT);
    manifest.layout().forEach(layout::put);
    String start = head.toString();
    StringBuilder text = new StringBuilder(start.substring(0, start.length() - 1));
    text.append(",\n\"").append(SOURCES).append("\":[");
    lines(text, manifest.sources(), ConversionManifestParser::toJson);
    text.append(",\n\"").append(FILES).append("\":[");
    lines(text, manifest.files(), ConversionManifestParser::toJson);
    return text.append("}\n").toString();
  }

  private static <T> void lines(StringBuilder text, List<T> items, Function<T, String> json) {
    String separator = "\n";
    for (T item : items) {
      text.append(separator).append(json.apply(item));
      separator = ",\n";
    }
    text.append(']');
  }

  private static String toJson(ConversionManifest.Source source) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put(NAME, source.name()).put(SIZE, source.size());
    return node.put(FINGERPRINT, source.fingerprint()).toString();
  }

  private static String toJson(ConversionManifest.File file) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put(PATH, file.path()).put(SIZE, file.size());
    node.put(CRC32, Crc32.text(file.crc32()));
    if (file.tensors().isEmpty()) {
      return node.toString();
    }
    String start = node.toString();
    StringBuilder text = new StringBuilder(start.substring(0, start.length() - 1));
    text.append(",\"").append(TENSORS).append("\":[");
    lines(text, file.tensors(), ConversionManifestParser::toJson);
    return text.append('}').toString();
  }

  private static String toJson(ConversionManifest.Tensor tensor) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put(NAME, tensor.name()).put(DTYPE, tensor.dtype().safetensorsName());
    ArrayNode shape = node.putArray(SHAPE);
    tensor.shape().forEach(shape::add);
    node.put(OFFSET, tensor.offset());
    return node.put(CRC32, Crc32.text(tensor.crc32())).toString();
  }

  /**
   * Reads the text of a manifest.
   *
   * @param origin the file that it comes from, for messages
   * @throws ConvertException of kind DATA that names the file and the wrong key
   */
  public static ConversionManifest fromJson(String json, String origin) {
    ConversionManifestParser parser = new ConversionManifestParser(origin);
    try {
      return parser.manifest(MAPPER.readTree(json));
    } catch (JsonProcessingException e) {
      throw ConvertException.data(
          "Cannot read " + origin + ": it is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private ConversionManifest manifest(JsonNode root) {
    long version = number(root, FORMAT_VERSION);
    if (version != VERSION) {
      throw wrong("format version " + version + " is not known, only " + VERSION);
    }
    SortedMap<String, String> layout = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : root.path(LAYOUT).properties()) {
      layout.put(entry.getKey(), entry.getValue().asText());
    }
    return new ConversionManifest(
        text(root, TITLE),
        layout,
        list(
            root,
            SOURCES,
            node ->
                new ConversionManifest.Source(
                    text(node, NAME), number(node, SIZE), text(node, FINGERPRINT))),
        list(root, FILES, this::file));
  }

  private ConversionManifest.File file(JsonNode node) {
    return new ConversionManifest.File(
        text(node, PATH),
        number(node, SIZE),
        checksum(node),
        node.has(TENSORS) ? list(node, TENSORS, this::tensor) : List.of());
  }

  private ConversionManifest.Tensor tensor(JsonNode node) {
    String dtype = text(node, DTYPE);
    return new ConversionManifest.Tensor(
        text(node, NAME),
        DType.find(dtype).orElseThrow(() -> wrong("element type " + dtype + " is not known")),
        list(node, SHAPE, this::size),
        number(node, OFFSET),
        checksum(node));
  }

  private long checksum(JsonNode node) {
    String text = text(node, CRC32);
    try {
      return Integer.toUnsignedLong(Integer.parseUnsignedInt(text, HEXADECIMAL));
    } catch (NumberFormatException e) {
      throw ConvertException.data(wrong(CRC32 + " is no checksum: " + text).getMessage(), e);
    }
  }

  private String text(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isTextual()) {
      throw wrong(key + " is missing or no text in " + shortened(node));
    }
    return value.asText();
  }

  private long number(JsonNode node, String key) {
    if (!node.has(key)) {
      throw wrong(key + " is missing in " + shortened(node));
    }
    return size(node.get(key));
  }

  private long size(JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw wrong("not a size: " + shortened(value));
    }
    return value.longValue();
  }

  private <T> List<T> list(JsonNode node, String key, Function<JsonNode, T> item) {
    JsonNode array = node.path(key);
    if (!array.isArray()) {
      throw wrong(key + " is missing or no list in " + shortened(node));
    }
    List<T> result = new ArrayList<>();
    array.forEach(element -> result.add(item.apply(element)));
    return result;
  }

  private static String shortened(JsonNode node) {
    String text = node.toString();
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }

  private ConvertException wrong(String reason) {
    return ConvertException.data("Cannot read " + origin + ": " + reason);
  }
}
