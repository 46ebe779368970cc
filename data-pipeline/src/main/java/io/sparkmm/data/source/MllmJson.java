package io.sparkmm.data.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes samples as "mllm" records: {@code {"images": [path], "messages": [{"role", "content"}]}},
 * keys in this order.
 */
public final class MllmJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private MllmJson() {}

  /**
   * The record of a sample.
   *
   * @throws IllegalArgumentException if the sample has a system text, for which such a record has
   *     no place
   */
  public static ObjectNode toJson(SftSample sample) {
    if (!sample.system().isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot write an mllm record: the sample has the system text \""
              + sample.system()
              + "\"");
    }
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode images = node.putArray("images");
    for (ImageRef image : sample.images()) {
      images.add(image.path());
    }
    ArrayNode messages = node.putArray("messages");
    for (Turn turn : sample.turns()) {
      ObjectNode message = messages.addObject();
      message.put("role", turn.role().name().toLowerCase(Locale.ROOT));
      message.put("content", turn.content());
    }
    return node;
  }

  /**
   * The text of a sample's record in one line, in UTF-8.
   *
   * @return empty if a text holds half of a surrogate pair, which cannot be written
   * @throws IllegalArgumentException if the sample has a system text
   */
  public static Optional<byte[]> toBytes(SftSample sample) {
    try {
      // Jackson's own UTF-8 output would escape characters beyond the basic plane.
      String json = MAPPER.writeValueAsString(toJson(sample));
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(json));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return Optional.of(bytes);
    } catch (CharacterCodingException e) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write a tree of texts", e);
    }
  }
}
