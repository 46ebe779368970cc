package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * LLaVA-Instruct: {@code {id, image, conversations: [{from, value}]}} with the speakers {@code
 * human} and {@code gpt}. Texts are copied unchanged and {@code id} is not used. The order and the
 * number of turns are not looked at, nor is the picture opened: that is for the encoder. A record
 * without picture is a text-only one.
 *
 * <p>The attributes of the settings are not used, since the names are part of the format.
 */
public final class LlavaFormat implements DatasetFormat {
  private static final String CONVERSATIONS = "conversations";
  private static final String IMAGE = "image";

  private final LlavaPaths paths;

  /** The format with the pictures in {@code train2017} and paths that start with the root. */
  public LlavaFormat() {
    this(LlavaPaths.ROOTED);
  }

  /** The format with this rule for picture paths. */
  public LlavaFormat(LlavaPaths paths) {
    this.paths = Objects.requireNonNull(paths, "paths");
  }

  @Override
  public String name() {
    return "llava";
  }

  @Override
  public boolean matches(JsonNode node, Attributes attributes) {
    JsonNode turns = node.get(CONVERSATIONS);
    return turns != null
        && turns.isArray()
        && !node.has("images")
        && (turns.isEmpty() || (turns.get(0).has("from") && turns.get(0).has("value")));
  }

  @Override
  public RecordParser parser(SourceSettings settings, Predicate<String> fileExists) {
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(fileExists, "fileExists");
    return node -> {
      try {
        return new ParseResult.Parsed(
            convert(JsonFields.object(node), settings.mediaRoot(), fileExists));
      } catch (RecordDefect defect) {
        return defect.toResult();
      }
    };
  }

  private SftSample convert(JsonNode node, String root, Predicate<String> fileExists)
      throws RecordDefect {
    List<Turn> turns = new ArrayList<>();
    for (JsonNode message : JsonFields.messages(node, CONVERSATIONS)) {
      Optional<String> value = JsonFields.text(message, "value");
      if (value.isEmpty()) {
        throw new RecordDefect(
            RejectReason.CONTENT_MISSING, "message " + turns.size() + " has no value");
      }
      turns.add(new Turn(speaker(message, turns.size()), value.get()));
    }
    Optional<String> image = image(node);
    if (image.isEmpty()) {
      return new SftSample("", turns, List.of());
    }
    MediaPaths.requireAllowed(root, image.get());
    String checked = paths.checked(root, image.get());
    if (!fileExists.test(checked)) {
      throw new RecordDefect(RejectReason.IMAGE_MISSING, checked);
    }
    return new SftSample("", turns, List.of(new ImageRef(paths.stored(root, image.get()))));
  }

  private static Role speaker(JsonNode message, int index) throws RecordDefect {
    JsonNode from = message.get("from");
    if (from != null && "human".equals(from.textValue())) {
      return Role.USER;
    }
    if (from != null && "gpt".equals(from.textValue())) {
      return Role.ASSISTANT;
    }
    throw new RecordDefect(
        RejectReason.UNKNOWN_SPEAKER,
        "message " + index + " is from " + (from == null ? "nobody" : JsonFields.show(from)));
  }

  private static Optional<String> image(JsonNode node) throws RecordDefect {
    JsonNode image = node.get(IMAGE);
    if (image == null || image.isNull() || (image.isArray() && image.isEmpty())) {
      return Optional.empty();
    }
    if (!image.isTextual()) {
      throw new RecordDefect(RejectReason.IMAGES_TYPE, IMAGE + " is " + JsonFields.show(image));
    }
    return image.textValue().isEmpty() ? Optional.empty() : Optional.of(image.textValue());
  }
}
