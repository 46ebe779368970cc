package io.sparkmm.convert.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.SmallFile;
import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The file that says in which shard each tensor lies.
 *
 * @param totalSize bytes of all tensors; empty when the file does not tell
 * @param weightMap tensor name to shard file name, sorted by tensor name
 */
public record SafetensorsIndex(OptionalLong totalSize, SortedMap<String, String> weightMap) {

  /** Name of the index in a folder. */
  public static final String FILE_NAME = "model.safetensors.index.json";

  private static final String METADATA = "metadata";
  private static final String TOTAL_SIZE = "total_size";
  private static final String WEIGHT_MAP = "weight_map";

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder().build().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION));

  public SafetensorsIndex {
    weightMap = Collections.unmodifiableSortedMap(new TreeMap<>(weightMap));
  }

  /** Names of the shard files, sorted. */
  public List<String> shards() {
    return weightMap.values().stream().distinct().sorted().toList();
  }

  /**
   * Reads an index.
   *
   * @throws SafetensorsException when it is not JSON, has no weight map, names a tensor twice or
   *     names a shard outside its own folder
   */
  public static SafetensorsIndex read(Path path) {
    JsonNode root;
    try {
      root = MAPPER.readTree(SmallFile.text(path));
    } catch (JsonProcessingException e) {
      throw new SafetensorsException(
          Kind.BAD_INDEX,
          path,
          "Cannot read " + path + ": it is not JSON: " + e.getOriginalMessage(),
          e);
    } catch (NoSuchFileException e) {
      throw new SafetensorsException(Kind.IO, path, "Cannot read " + path + ": no such file", e);
    } catch (CharacterCodingException e) {
      throw new SafetensorsException(
          Kind.BAD_INDEX, path, "Cannot read " + path + ": it is not UTF-8", e);
    } catch (IOException e) {
      throw new SafetensorsException(
          Kind.IO, path, "Cannot read " + path + ": " + e.getMessage(), e);
    }
    JsonNode map = root.path(WEIGHT_MAP);
    if (!map.isObject()) {
      throw SafetensorsException.cannotRead(Kind.BAD_INDEX, path, "it has no object " + WEIGHT_MAP);
    }
    SortedMap<String, String> weightMap = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String shard = entry.getValue().asText();
      if (!entry.getValue().isTextual() || !isPlainFileName(shard)) {
        throw SafetensorsException.cannotRead(
            Kind.BAD_INDEX,
            path,
            "the shard of tensor "
                + entry.getKey()
                + " is no name of a file in the same folder: "
                + entry.getValue());
      }
      weightMap.put(entry.getKey(), shard);
    }
    JsonNode size = root.path(METADATA).path(TOTAL_SIZE);
    return new SafetensorsIndex(
        size.isIntegralNumber() ? OptionalLong.of(size.longValue()) : OptionalLong.empty(),
        weightMap);
  }

  /** A shard name with a path in it could lead out of the folder. */
  private static boolean isPlainFileName(String shard) {
    return !shard.isEmpty()
        && !shard.equals(".")
        && !shard.equals("..")
        && shard.indexOf('/') < 0
        && shard.indexOf('\\') < 0
        && shard.indexOf('\0') < 0;
  }

  /** The text of the file: keys sorted, two blanks of indent, all characters ASCII. */
  public String toJson() {
    DefaultPrettyPrinter printer = new IndexPrinter();
    printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.setPrettyPrinter(printer);
      json.setHighestNonEscapedChar(127);
      json.writeStartObject();
      json.writeObjectFieldStart(METADATA);
      if (totalSize.isPresent()) {
        json.writeNumberField(TOTAL_SIZE, totalSize.getAsLong());
      }
      json.writeEndObject();
      json.writeObjectFieldStart(WEIGHT_MAP);
      for (Map.Entry<String, String> entry : weightMap.entrySet()) {
        json.writeStringField(entry.getKey(), entry.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("Cannot print JSON to memory", e);
    }
    return text.append('\n').toString();
  }

  /** Writes the index beside its shards; the file is there as a whole or not at all. */
  public void write(Path path) {
    Path temporary = path.resolveSibling("." + path.getFileName() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        Channels.writeFully(channel, 0, ByteBuffer.wrap(toJson().getBytes(StandardCharsets.UTF_8)));
        channel.force(true);
      }
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
      Channels.forceFolder(path.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new SafetensorsException(Kind.IO, path, "Cannot write " + path, e);
    }
  }

  /** Python's layout has no blank in front of the colon. */
  private static final class IndexPrinter extends DefaultPrettyPrinter {
    private static final long serialVersionUID = 1L;

    @Override
    public void writeObjectFieldValueSeparator(JsonGenerator json) throws IOException {
      json.writeRaw(": ");
    }

    @Override
    public void writeEndObject(JsonGenerator json, int entries) throws IOException {
      if (entries == 0) {
        _nesting--;
        json.writeRaw('}');
      } else {
        super.writeEndObject(json, entries);
      }
    }
  }
}
