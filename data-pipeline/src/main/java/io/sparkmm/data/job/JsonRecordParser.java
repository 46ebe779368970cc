package io.sparkmm.data.job;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RecordId;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * Builds records from their bytes. Whatever is wrong with a record becomes its problem: the
 * encoding, the syntax, more than 1000 levels of nesting, a number of more than 1000 digits, or
 * more bytes than allowed. As in Python, the last of several equal keys counts.
 */
final class JsonRecordParser {
  /** Setting with the most bytes of a record. */
  static final String MAX_BYTES_KEY = "sparkmm.json.max-record-bytes";

  /** Most bytes of a record where nothing is set. */
  static final int DEFAULT_MAX_BYTES = 16 << 20;

  private static final int MAX_PROBLEM_LENGTH = 200;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              // The length of a record is limited, so that of a string in it need not be.
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();
  private static final JsonMapper MAPPER =
      JsonMapper.builder(FACTORY).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private JsonRecordParser() {}

  /** The most bytes of a record. */
  static int maxBytes(Configuration configuration) {
    int limit = configuration.getInt(MAX_BYTES_KEY, DEFAULT_MAX_BYTES);
    if (limit < 1 || limit > Integer.MAX_VALUE / 2) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot use " + MAX_BYTES_KEY + " = " + limit + ": it has to be between 1 and 2^30 - 1");
    }
    return limit;
  }

  /**
   * A record from its bytes.
   *
   * @param maxBytes the limit that the piece was cut with, for the message
   */
  static JsonRecord parse(RecordId id, JsonPiece piece, int maxBytes) {
    if (piece.tooLong()) {
      return bad(
          id,
          String.format(
              Locale.ROOT,
              "it has %,d bytes, more than the %,d that %s allows",
              piece.length(),
              maxBytes,
              MAX_BYTES_KEY));
    }
    int length = (int) piece.length();
    int invalid = JsonEncoding.firstInvalid(piece.bytes(), length);
    if (invalid >= 0) {
      return bad(id, "it is not valid UTF-8 at its byte " + invalid);
    }
    try {
      JsonNode node = MAPPER.readTree(piece.bytes(), 0, length);
      return new JsonRecord(id, Optional.of(node), "");
    } catch (IOException e) {
      return bad(id, firstLine(e.getMessage()));
    }
  }

  private static JsonRecord bad(RecordId id, String problem) {
    return new JsonRecord(id, Optional.empty(), problem);
  }

  /** Names the keys of a record that is an object; ends at the first syntax error. */
  static void columns(byte[] bytes, int length, Consumer<String> found) {
    try (JsonParser parser = FACTORY.createParser(bytes, 0, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        found.accept(parser.currentName());
        parser.nextToken();
        parser.skipChildren();
      }
    } catch (IOException e) {
      // The task that reads this record rejects it.
    }
  }

  /** The text of a JSON string. */
  static String text(String json) throws IOException {
    return MAPPER.readValue(json, String.class);
  }

  private static String firstLine(String message) {
    String line = message.lines().findFirst().orElse("");
    return line.length() <= MAX_PROBLEM_LENGTH ? line : line.substring(0, MAX_PROBLEM_LENGTH);
  }
}
