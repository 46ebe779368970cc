package io.sparkmm.data.shapes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes records to a JSON array or to JSON Lines, one record a line, without holding them. */
final class JsonFile implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final BufferedWriter writer;
  private final boolean array;
  private boolean empty = true;

  private JsonFile(BufferedWriter writer, boolean array) {
    this.writer = writer;
    this.array = array;
  }

  /** A new file that holds one array. */
  static JsonFile array(Path file) throws IOException {
    BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    writer.write('[');
    return new JsonFile(writer, true);
  }

  /** A new file with one record a line. */
  static JsonFile lines(Path file) throws IOException {
    return new JsonFile(Files.newBufferedWriter(file, StandardCharsets.UTF_8), false);
  }

  /** A new file with one value, indented. */
  static void write(Path file, JsonNode value) throws IOException {
    String text = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    Files.writeString(file, text.replace("\r\n", "\n") + "\n");
  }

  /** A value as one line of text. */
  static String text(JsonNode value) throws JsonProcessingException {
    return MAPPER.writeValueAsString(value);
  }

  /** Adds a record. */
  void add(JsonNode value) throws IOException {
    if (array) {
      writer.write(empty ? "\n" : ",\n");
    }
    writer.write(text(value));
    if (!array) {
      writer.write('\n');
    }
    empty = false;
  }

  @Override
  public void close() throws IOException {
    if (array) {
      writer.write(empty ? "]\n" : "\n]\n");
    }
    writer.close();
  }
}
