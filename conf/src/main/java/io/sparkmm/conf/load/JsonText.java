package io.sparkmm.conf.load;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparkmm.conf.ConfigProblems;
import java.util.Optional;

/** Strict JSON: no comments, no trailing commas, no key twice, nothing after the first value. */
final class JsonText {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonText() {}

  static Optional<JsonNode> parse(String file, String text, ConfigProblems problems) {
    try {
      JsonNode node = MAPPER.readTree(text);
      if (!node.isMissingNode()) {
        return Optional.of(node);
      }
      problems.add(file, "", "", "cannot be read as JSON: the file is empty");
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String position =
          at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
      problems.add(
          file, "", "", "cannot be read as JSON" + position + ": " + e.getOriginalMessage());
    }
    return Optional.empty();
  }
}
