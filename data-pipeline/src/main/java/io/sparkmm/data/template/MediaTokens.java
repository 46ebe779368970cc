package io.sparkmm.data.template;

import java.util.List;
import java.util.Objects;

/**
 * The tokens with which a template writes pictures.
 *
 * @param start token before a picture
 * @param image token that stands for one picture feature
 * @param end token after a picture
 * @param video token that stands for one video feature
 */
public record MediaTokens(String start, String image, String end, String video) {
  public MediaTokens {
    Objects.requireNonNull(start, "start");
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(end, "end");
    Objects.requireNonNull(video, "video");
  }

  /** Tokens that the model replaces by features, so that no text may contain them. */
  public List<String> reserved() {
    return List.of(image, video);
  }
}
