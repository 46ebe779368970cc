package io.sparkmm.data.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What {@code tokenizer.json} says about cutting texts, as far as it allows to cut them here.
 *
 * @param added texts of the added tokens with their ids
 */
record PieceRules(SortedMap<String, Integer> added) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** All added tokens begin with it, so that it shows where to look for one. */
  static final char MARK = '<';

  /**
   * Reads the rules.
   *
   * @return empty if the tokenizer does more or other things to a text than to find added tokens,
   *     normalise to form C, cut by {@link TokenizerFiles#QWEN2_PATTERN} and merge bytes
   * @throws IOException if the file is no valid JSON
   */
  static Optional<PieceRules> read(byte[] tokenizerJson) throws IOException {
    JsonNode added = MAPPER.missingNode();
    JsonNode normalizer = MAPPER.missingNode();
    JsonNode splitter = MAPPER.missingNode();
    boolean model = false;
    try (JsonParser parser = new JsonFactory().createParser(tokenizerJson)) {
      parser.setCodec(MAPPER);
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "added_tokens" -> added = parser.readValueAsTree();
          case "normalizer" -> normalizer = parser.readValueAsTree();
          case "pre_tokenizer" -> splitter = parser.readValueAsTree();
          case "model" -> model = mergesBytes(parser);
          default -> parser.skipChildren();
        }
      }
    }
    boolean known = model && normalises(normalizer) && splits(splitter);
    return known ? tokens(added) : Optional.empty();
  }

  private static boolean normalises(JsonNode normalizer) {
    return normalizer == null
        || normalizer.isNull()
        || normalizer.isMissingNode()
        || (normalizer.path("type").asText().equals("NFC") && normalizer.size() == 1);
  }

  private static boolean splits(JsonNode splitter) {
    if (splitter == null || !splitter.path("type").asText().equals("Sequence")) {
      return false;
    }
    JsonNode steps = splitter.path("pretokenizers");
    JsonNode split = steps.path(0);
    JsonNode bytes = steps.path(1);
    return steps.size() == 2
        && split.path("type").asText().equals("Split")
        && split.path("pattern").path("Regex").asText().equals(TokenizerFiles.QWEN2_PATTERN)
        && split.path("behavior").asText().equals("Isolated")
        && !split.path("invert").asBoolean(true)
        && bytes.path("type").asText().equals("ByteLevel")
        && !bytes.path("add_prefix_space").asBoolean(true)
        && !bytes.path("use_regex").asBoolean(true);
  }

  /** Whether the model gives the same ids for a piece wherever it stands. */
  private static boolean mergesBytes(JsonParser parser) throws IOException {
    boolean type = false;
    boolean plain = true;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (field) {
        case "type" -> type = parser.getText().equals("BPE");
        case "dropout" -> plain &= value == JsonToken.VALUE_NULL;
        case "continuing_subword_prefix", "end_of_word_suffix" ->
            plain &= value == JsonToken.VALUE_NULL || parser.getText().isEmpty();
        default -> parser.skipChildren();
      }
    }
    return type && plain;
  }

  private static Optional<PieceRules> tokens(JsonNode added) {
    SortedMap<String, Integer> tokens = new TreeMap<>();
    for (JsonNode token : added) {
      String text = token.path("content").asText();
      boolean plain =
          !text.isEmpty()
              && text.charAt(0) == MARK
              && PieceScanner.knows(text)
              && !token.path("single_word").asBoolean(true)
              && !token.path("lstrip").asBoolean(true)
              && !token.path("rstrip").asBoolean(true)
              && !token.path("normalized").asBoolean(true);
      if (!plain) {
        return Optional.empty();
      }
      tokens.put(text, token.path("id").asInt());
    }
    return Optional.of(new PieceRules(tokens));
  }
}
