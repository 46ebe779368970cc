package io.sparkmm.data.shard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.sample.DataException;
import java.util.ArrayList;
import java.util.List;

/** Reads required fields of a JSON object; its errors name the file and the way to the field. */
final class JsonFieldReader {
  private final JsonNode node;
  private final String file;
  private final String path;

  private JsonFieldReader(JsonNode node, String file, String path) {
    this.node = node;
    this.file = file;
    this.path = path;
  }

  static JsonFieldReader parse(ObjectMapper mapper, String json, String file) {
    JsonNode node;
    try {
      node = mapper.readTree(json);
    } catch (JsonProcessingException e) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot read " + file + ": it is not valid JSON: " + e.getOriginalMessage(),
          e);
    }
    JsonFieldReader reader = new JsonFieldReader(node, file, "");
    if (!node.isObject()) {
      throw reader.failure("it holds no JSON object");
    }
    return reader;
  }

  JsonNode node() {
    return node;
  }

  boolean has(String key) {
    return node.has(key);
  }

  String text(String key) {
    JsonNode value = required(key);
    if (!value.isTextual()) {
      throw wrong(key, "is " + value + ", not a string");
    }
    return value.textValue();
  }

  long number(String key) {
    JsonNode value = required(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(key, "is " + value + ", not a whole number");
    }
    return value.longValue();
  }

  /** A number that is written as hexadecimal digits. */
  long hex(String key) {
    String text = text(key);
    try {
      return Long.parseLong(text, 16);
    } catch (NumberFormatException e) {
      throw wrong(key, "is \"" + text + "\", no hexadecimal number");
    }
  }

  JsonFieldReader object(String key) {
    JsonNode value = required(key);
    if (!value.isObject()) {
      throw wrong(key, "is not an object");
    }
    return new JsonFieldReader(value, file, path + key + ".");
  }

  List<JsonFieldReader> objects(String key) {
    JsonNode value = required(key);
    if (!value.isArray()) {
      throw wrong(key, "is not a list");
    }
    List<JsonFieldReader> readers = new ArrayList<>(value.size());
    for (JsonNode element : value) {
      String name = key + "[" + readers.size() + "]";
      if (!element.isObject()) {
        throw wrong(name, "is not an object");
      }
      readers.add(new JsonFieldReader(element, file, path + name + "."));
    }
    return readers;
  }

  DataException wrong(String key, String problem) {
    return failure(path + key + " " + problem);
  }

  private JsonNode required(String key) {
    JsonNode value = node.get(key);
    if (value == null) {
      throw wrong(key, "is missing");
    }
    return value;
  }

  private DataException failure(String problem) {
    return new DataException(DataException.Kind.DATASET, "Cannot read " + file + ": " + problem);
  }
}
