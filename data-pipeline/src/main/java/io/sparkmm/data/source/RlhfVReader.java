package io.sparkmm.data.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.source.RlhfVRow.Picture;
import java.io.IOException;

/** Reads rows of RLHF-V in both shapes. */
final class RlhfVReader {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String PLACEHOLDER = "<image>";

  private final String pictureRoot;

  RlhfVReader(String pictureRoot) {
    this.pictureRoot = pictureRoot;
  }

  RlhfVRow read(JsonNode row) {
    try {
      JsonNode object = JsonFields.object(row);
      if (object.has("conversations")) {
        return conversation(object);
      }
      if (object.has("text")) {
        return original(object);
      }
      throw defect("there is neither a column conversations nor a column text");
    } catch (RecordDefect defect) {
      ParseResult.Rejected rejected = defect.toResult();
      return new RlhfVRow.Unusable(rejected.reason(), rejected.detail());
    }
  }

  /** Only the first message counts, whoever says it. */
  private RlhfVRow conversation(JsonNode row) throws RecordDefect {
    JsonNode messages = row.get("conversations");
    if (!messages.isArray() || messages.isEmpty()) {
      throw defect("conversations is " + JsonFields.show(messages));
    }
    String question = text(messages.get(0), "value", "conversations[0].");
    String chosen = text(row.path("chosen"), "value", "chosen.");
    String rejected = text(row.path("rejected"), "value", "rejected.");
    JsonNode images = row.path("images");
    if (!images.isArray() || images.isEmpty()) {
      throw defect("images is " + shown(images));
    }
    return new RlhfVRow.Usable(question, chosen, rejected, picture(images.get(0), "images[0]"));
  }

  private RlhfVRow original(JsonNode row) throws RecordDefect {
    JsonNode text = row.get("text");
    if (text.isTextual()) {
      try {
        text = MAPPER.readTree(text.textValue());
      } catch (JsonProcessingException e) {
        throw defect("text is no JSON: " + JsonFields.show(row.get("text")));
      }
    }
    String question = PLACEHOLDER + text(text, "question", "text.");
    String chosen = text(text, "chosen", "text.");
    String rejected = text(text, "rejected", "text.");
    return new RlhfVRow.Usable(question, chosen, rejected, picture(row.path("image"), "image"));
  }

  private Picture picture(JsonNode image, String where) throws RecordDefect {
    if (image.isTextual() && !image.textValue().isEmpty()) {
      MediaPaths.requireAllowed(pictureRoot, image.textValue());
      return new Picture.At(MediaPaths.join(pictureRoot, image.textValue()));
    }
    JsonNode bytes = image.path("bytes");
    if (!bytes.isBinary()) {
      throw defect(
          where + (image.isObject() ? ".bytes is " + shown(bytes) : " is " + shown(image)));
    }
    try {
      if (bytes.binaryValue().length == 0) {
        throw defect(where + ".bytes is empty");
      }
      return new Picture.Bytes(bytes.binaryValue());
    } catch (IOException e) {
      throw defect(where + ".bytes cannot be read: " + e.getMessage());
    }
  }

  private static String text(JsonNode object, String key, String where) throws RecordDefect {
    JsonNode value = object.path(key);
    if (!value.isTextual()) {
      throw defect(where + key + " is " + shown(value));
    }
    return value.textValue();
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "missing" : JsonFields.show(value);
  }

  private static RecordDefect defect(String detail) {
    return new RecordDefect(RejectReason.COLUMN_INVALID, detail);
  }
}
