package io.sparkmm.data.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A JSON file of a checkpoint folder with settings of a processor; absent and null keys have the
 * value that the caller names.
 *
 * @param origin the file, for messages
 * @param root its content
 */
record ProcessorFile(String origin, JsonNode root) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * Reads a file.
   *
   * @throws DataException of kind {@code CHECKPOINT} if it is missing or holds no JSON object
   */
  static ProcessorFile read(Path folder, String name) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          DataException.Kind.CHECKPOINT,
          "Cannot read "
              + file
              + ": there is no such file; set model_name_or_path to a local checkpoint folder that"
              + " has one");
    }
    try {
      JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
      ProcessorFile read = new ProcessorFile(file.toString(), root);
      if (!root.isObject()) {
        throw read.wrong("the file", root.toString(), "a JSON object");
      }
      return read;
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.CHECKPOINT, "Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** A text. */
  String text(String key, String absent) {
    JsonNode value = root.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return absent;
    }
    if (!value.isTextual()) {
      throw wrong(key, value.toString(), "a text");
    }
    return value.textValue();
  }

  /** A truth value. */
  boolean flag(String key, boolean absent) {
    JsonNode value = root.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw wrong(key, value.toString(), "true or false");
    }
    return value.booleanValue();
  }

  /** A whole number that is not negative. */
  int number(String key, int absent) {
    JsonNode value = root.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return absent;
    }
    if (!value.isInt() || value.intValue() < 0) {
      throw wrong(key, value.toString(), "a whole number from 0 on");
    }
    return value.intValue();
  }

  /** A size given as {@code {"height": ..., "width": ...}}. */
  SmartResize.Size size(String key) {
    JsonNode height = root.path(key).path("height");
    JsonNode width = root.path(key).path("width");
    if (!height.isInt() || !width.isInt() || height.intValue() < 1 || width.intValue() < 1) {
      throw wrong(key, root.path(key).toString(), "an object with height and width, both above 0");
    }
    return new SmartResize.Size(width.intValue(), height.intValue());
  }

  /** The exception about a value. */
  DataException wrong(String key, String value, String wanted) {
    return new DataException(
        DataException.Kind.CHECKPOINT,
        "Cannot use "
            + origin
            + ": "
            + key
            + " is "
            + (value.isEmpty() ? "missing" : value)
            + ", it has to be "
            + wanted);
  }
}
