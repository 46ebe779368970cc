package io.sparkmm.data.template;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The tokens with which a template writes pictures.
 *
 * @param start token before a picture, empty when there is none
 * @param image token that stands for one picture feature
 * @param end token after a picture, empty when there is none
 * @param video token that stands for one video feature, empty when there is none
 * @param family how many features a picture has; a name of {@link
 *     io.sparkmm.data.image.PictureFamilies}
 */
public record MediaTokens(String start, String image, String end, String video, String family)
    implements Serializable {
  public MediaTokens {
    Objects.requireNonNull(start, "start");
    Objects.requireNonNull(end, "end");
    Objects.requireNonNull(video, "video");
    Objects.requireNonNull(family, "family");
    if (image.isEmpty()) {
      throw new IllegalArgumentException("Cannot write pictures with an empty token");
    }
  }

  /** All tokens that a tokenizer needs for the template. */
  public List<String> all() {
    return Stream.of(start, image, end, video).filter(token -> !token.isEmpty()).toList();
  }

  /** Tokens that the model replaces by features, so that no text may contain them. */
  public List<String> reserved() {
    return Stream.of(image, video).filter(token -> !token.isEmpty()).toList();
  }

  /** A picture with one feature. */
  public String picture() {
    return start + image + end;
  }
}
