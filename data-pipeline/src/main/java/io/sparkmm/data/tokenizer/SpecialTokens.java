package io.sparkmm.data.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The tokens that a tokenizer finds in a text before it splits it, and what they are for. */
public final class SpecialTokens {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Map<String, Integer> added;
  private final Map<String, String> named;
  private final int vocabularySize;

  private SpecialTokens(Map<String, Integer> added, Map<String, String> named, int vocabularySize) {
    this.added = Collections.unmodifiableMap(added);
    this.named = Collections.unmodifiableMap(named);
    this.vocabularySize = vocabularySize;
  }

  /**
   * Reads them from the files.
   *
   * @throws DataException of kind {@code CHECKPOINT} if a file is no valid JSON, or if {@code
   *     tokenizer_config.json} adds tokens that {@code tokenizer.json} does not have
   */
  static SpecialTokens read(TokenizerFiles files) {
    Scan scan = new Scan();
    try (JsonParser parser = new JsonFactory().createParser(files.tokenizerJson())) {
      parser.setCodec(MAPPER);
      scan.tokenizer(parser);
    } catch (IOException e) {
      throw unreadable(files, TokenizerFiles.TOKENIZER_JSON, e);
    }
    Map<String, String> named = new TreeMap<>();
    if (files.tokenizerConfigJson().length > 0) {
      try {
        JsonNode config = MAPPER.readTree(files.tokenizerConfigJson());
        named.putAll(names(config));
        checkAdded(files, config, scan.added);
      } catch (IOException e) {
        throw unreadable(files, TokenizerFiles.TOKENIZER_CONFIG_JSON, e);
      }
    }
    return new SpecialTokens(scan.added, named, scan.largestId + 1);
  }

  /** All added tokens with their ids, sorted by text. */
  public Map<String, Integer> added() {
    return added;
  }

  /** The id of an added token, empty when there is no such token. */
  public Optional<Integer> id(String token) {
    return Optional.ofNullable(added.get(token));
  }

  /** The text of the token that begins a sequence, empty when the tokenizer has none. */
  public Optional<String> bos() {
    return Optional.ofNullable(named.get("bos_token"));
  }

  /** The text of the token that ends a sequence, empty when the tokenizer has none. */
  public Optional<String> eos() {
    return Optional.ofNullable(named.get("eos_token"));
  }

  /** The text of the padding token, empty when the tokenizer has none. */
  public Optional<String> pad() {
    return Optional.ofNullable(named.get("pad_token"));
  }

  /** One more than the largest id; a model's embedding table needs at least as many rows. */
  public int vocabularySize() {
    return vocabularySize;
  }

  private static Map<String, String> names(JsonNode config) {
    Map<String, String> named = new TreeMap<>();
    for (String key : new String[] {"bos_token", "eos_token", "pad_token"}) {
      JsonNode value = config.path(key);
      // Either the text itself, or an object as for an added token.
      String text = value.isObject() ? value.path("content").textValue() : value.textValue();
      if (text != null) {
        named.put(key, text);
      }
    }
    return named;
  }

  private static void checkAdded(
      TokenizerFiles files, JsonNode config, Map<String, Integer> added) {
    for (Map.Entry<String, JsonNode> entry : config.path("added_tokens_decoder").properties()) {
      String content = entry.getValue().path("content").asText();
      Integer id = added.get(content);
      if (id == null || !entry.getKey().equals(id.toString())) {
        throw new DataException(
            DataException.Kind.CHECKPOINT,
            "Cannot load the tokenizer of "
                + files.origin()
                + ": "
                + TokenizerFiles.TOKENIZER_CONFIG_JSON
                + " adds token "
                + content
                + " with id "
                + entry.getKey()
                + ", "
                + TokenizerFiles.TOKENIZER_JSON
                + (id == null ? " does not have it" : " has it with id " + id));
      }
    }
  }

  private static DataException unreadable(TokenizerFiles files, String name, IOException cause) {
    return new DataException(
        DataException.Kind.CHECKPOINT,
        "Cannot load the tokenizer of "
            + files.origin()
            + ": "
            + name
            + " is not valid JSON: "
            + cause.getMessage(),
        cause);
  }

  /** Walks through the file without building the tree of its merges. */
  private static final class Scan {
    private final Map<String, Integer> added = new TreeMap<>();
    private int largestId = -1;

    void tokenizer(JsonParser parser) throws IOException {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the file holds no object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken value = parser.nextToken();
        if (field.equals("added_tokens") && value == JsonToken.START_ARRAY) {
          for (JsonNode token : parser.<JsonNode>readValueAsTree()) {
            int id = token.path("id").asInt(-1);
            added.put(token.path("content").asText(), id);
            largestId = Math.max(largestId, id);
          }
        } else if (field.equals("model") && value == JsonToken.START_OBJECT) {
          model(parser);
        } else {
          parser.skipChildren();
        }
      }
    }

    private void model(JsonParser parser) throws IOException {
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken value = parser.nextToken();
        if (field.equals("vocab") && value == JsonToken.START_OBJECT) {
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            largestId = Math.max(largestId, parser.nextIntValue(-1));
          }
        } else {
          parser.skipChildren();
        }
      }
    }
  }
}
