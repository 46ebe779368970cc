package io.sparkmm.notebooks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A Zeppelin note.
 *
 * @param file where it is
 * @param content its JSON
 */
record Note(Path file, JsonNode content) {
  /** A paragraph: the interpreter that its first word names, and the text after it. */
  record Paragraph(String interpreter, String text) {}

  static List<Note> all() throws IOException {
    List<Note> notes = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("").toAbsolutePath())) {
      for (Path file : files.filter(path -> path.toString().endsWith(".zpln")).sorted().toList()) {
        notes.add(new Note(file, new ObjectMapper().readTree(file.toFile())));
      }
    }
    return notes;
  }

  List<Paragraph> paragraphs() {
    List<Paragraph> paragraphs = new ArrayList<>();
    for (JsonNode paragraph : content.required("paragraphs")) {
      String text = paragraph.required("text").textValue();
      int end = text.indexOf('\n');
      paragraphs.add(
          end < 0
              ? new Paragraph(text.strip(), "")
              : new Paragraph(text.substring(0, end).strip(), text.substring(end + 1)));
    }
    return paragraphs;
  }

  @Override
  public String toString() {
    return file.getFileName().toString();
  }
}
