package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import java.util.Locale;

/**
 * Writes samples as "mllm" records: {@code {"images": [path], "messages": [{"role", "content"}]}},
 * keys in this order.
 */
public final class MllmJson {
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
}
