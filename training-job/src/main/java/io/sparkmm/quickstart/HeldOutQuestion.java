package io.sparkmm.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A question about a picture that the model has not seen, with its one right answer.
 *
 * @param id name of the scene
 * @param image picture file
 * @param kind what the question asks for: colour, shape, count, exist, describe
 * @param question text of the question
 * @param answer the right answer, word for word
 */
record HeldOutQuestion(String id, Path image, String kind, String question, String answer) {
  /**
   * Reads the questions that {@code sample-data} writes.
   *
   * @param file JSON array of objects with id, image, kind, question, answer
   * @param pictures folder that the images are in
   */
  static List<HeldOutQuestion> read(Path file, Path pictures) {
    JsonNode records;
    try {
      records = new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read held-out questions " + file, e);
    }
    List<HeldOutQuestion> questions = new ArrayList<>();
    for (JsonNode item : records) {
      questions.add(
          new HeldOutQuestion(
              text(item, "id", file),
              pictures.resolve(text(item, "image", file)),
              text(item, "kind", file),
              text(item, "question", file),
              text(item, "answer", file)));
    }
    return questions;
  }

  private static String text(JsonNode item, String key, Path file) {
    JsonNode value = item.get(key);
    if (value == null || !value.isTextual()) {
      throw new IllegalArgumentException(
          "Cannot read held-out questions " + file + ": a record has no text " + key);
    }
    return value.textValue();
  }
}
