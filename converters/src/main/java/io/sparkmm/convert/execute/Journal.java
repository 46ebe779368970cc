package io.sparkmm.convert.execute;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The record of an execution that a restart reads: which plan it executes, which files are
 * complete, and that the result is being published. One JSON object a line, each on disk before the
 * execution goes on; a line that a crash cut short counts as not written. Safe for use by many
 * threads.
 */
final class Journal {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int VERSION = 1;
  private static final String HEAD = "sparkmm_conversion";
  private static final String FINGERPRINT = "fingerprint";
  private static final String FILE = "file";
  private static final String PUBLISH = "publish";

  private final Path path;
  private final String fingerprint;
  private final Map<String, FinishedFile> finished = new LinkedHashMap<>();
  private Optional<Publication> publication = Optional.empty();

  private Journal(Path path, String fingerprint) {
    this.path = path;
    this.fingerprint = fingerprint;
  }

  /** Begins the record of a plan. */
  static Journal create(Path path, String fingerprint) throws IOException {
    Journal journal = new Journal(path, fingerprint);
    ObjectNode head = MAPPER.createObjectNode();
    journal.append(head.put(HEAD, VERSION).put(FINGERPRINT, fingerprint));
    Disk.force(path.toAbsolutePath().getParent());
    return journal;
  }

  /** The record that an earlier execution left; empty when there is none or it never began. */
  static Optional<Journal> read(Path path) throws IOException {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    Journal journal = null;
    for (String line : Files.readString(path).split("\n", -1)) {
      JsonNode node = parse(line);
      if (node == null) {
        break;
      }
      if (journal == null) {
        if (node.path(HEAD).asInt() != VERSION || !node.path(FINGERPRINT).isTextual()) {
          return Optional.empty();
        }
        journal = new Journal(path, node.get(FINGERPRINT).asText());
      } else if (node.has(FILE)) {
        FinishedFile file = FinishedFile.fromJson(node.get(FILE));
        journal.finished.put(file.path(), file);
      } else if (node.has(PUBLISH)) {
        journal.publication = Optional.of(Publication.fromJson(node.get(PUBLISH)));
      }
    }
    return Optional.ofNullable(journal);
  }

  /** The object of a line; null for a line that was cut short. */
  private static JsonNode parse(String line) {
    try {
      JsonNode node = MAPPER.readTree(line);
      return node.isObject() ? node : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  String fingerprint() {
    return fingerprint;
  }

  synchronized Optional<FinishedFile> finished(String file) {
    return Optional.ofNullable(finished.get(file));
  }

  /** All complete files, in the order of their completion. */
  synchronized List<FinishedFile> finished() {
    return List.copyOf(finished.values());
  }

  /** How the result is to be published; empty while files are missing. */
  synchronized Optional<Publication> publication() {
    return publication;
  }

  synchronized void add(FinishedFile file) throws IOException {
    ObjectNode line = MAPPER.createObjectNode();
    line.set(FILE, file.toJson(MAPPER));
    append(line);
    finished.put(file.path(), file);
  }

  synchronized void add(Publication published) throws IOException {
    ObjectNode line = MAPPER.createObjectNode();
    line.set(PUBLISH, published.toJson(MAPPER));
    append(line);
    publication = Optional.of(published);
  }

  private void append(ObjectNode line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  static List<String> texts(JsonNode array) {
    List<String> result = new java.util.ArrayList<>();
    array.forEach(item -> result.add(item.asText()));
    return result;
  }

  static void put(ObjectNode node, String key, List<String> values) {
    ArrayNode array = node.putArray(key);
    values.forEach(array::add);
  }
}
