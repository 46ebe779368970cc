package io.sparkmm.data.encode;

import io.sparkmm.data.sample.DataException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * The words in a text that stand for media.
 *
 * @param image for a picture
 * @param video for a video
 * @param audio for a sound
 */
public record Placeholders(String image, String video, String audio) implements Serializable {
  /** The usual words. */
  public static final Placeholders DEFAULT = new Placeholders("<image>", "<video>", "<audio>");

  public Placeholders {
    for (String word : List.of(image, video, audio)) {
      if (word.isEmpty()) {
        throw new DataException(
            DataException.Kind.SETTING, "Cannot use an empty placeholder for a medium");
      }
    }
  }

  /**
   * The words that the variables {@code IMAGE_PLACEHOLDER}, {@code VIDEO_PLACEHOLDER} and {@code
   * AUDIO_PLACEHOLDER} name, the usual ones where a variable is not set.
   */
  public static Placeholders of(Map<String, String> environment) {
    return new Placeholders(
        environment.getOrDefault("IMAGE_PLACEHOLDER", DEFAULT.image),
        environment.getOrDefault("VIDEO_PLACEHOLDER", DEFAULT.video),
        environment.getOrDefault("AUDIO_PLACEHOLDER", DEFAULT.audio));
  }
}
