package io.sparkmm.data.sample;

import java.util.List;
import java.util.Objects;

/**
 * A conversation to imitate. Nothing about the order or the number of turns is promised: a
 * converter may keep what the encoder later rejects.
 *
 * @param system the system message, empty when there is none
 * @param turns prompt and response, without the system message
 * @param images pictures in the order of their placeholders
 */
public record SftSample(String system, List<Turn> turns, List<ImageRef> images) implements Sample {
  public SftSample {
    Objects.requireNonNull(system, "system");
    turns = List.copyOf(turns);
    images = List.copyOf(images);
  }
}
