package io.sparkmm.data.sample;

import java.util.List;
import java.util.Objects;

/**
 * A conversation with two possible last answers, of which one is preferred. As with {@link
 * SftSample}, nothing about the order or the number of turns is promised.
 *
 * @param system the system message, empty when there is none
 * @param turns the prompt: everything before the answers, without the system message
 * @param chosen the preferred answer
 * @param rejected the other answer
 * @param images pictures in the order of their placeholders; both answers see the same ones
 */
public record PreferenceSample(
    String system, List<Turn> turns, Turn chosen, Turn rejected, List<ImageRef> images)
    implements Sample {
  public PreferenceSample {
    Objects.requireNonNull(system, "system");
    turns = List.copyOf(turns);
    Objects.requireNonNull(chosen, "chosen");
    Objects.requireNonNull(rejected, "rejected");
    images = List.copyOf(images);
  }
}
