package io.sparkmm.data.shapes;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What to draw.
 *
 * @param output folder to make; must not exist
 * @param pictures training pictures, one conversation each
 * @param heldOut held-out scenes, each asked every kind of question that it offers
 * @param preferences preference rows on the training pictures
 * @param seed decides everything that is drawn
 */
public record SampleDataSettings(
    Path output, int pictures, int heldOut, int preferences, long seed) {
  public SampleDataSettings {
    Objects.requireNonNull(output, "output");
    if (pictures < 1) {
      throw new IllegalArgumentException(
          "Cannot draw " + pictures + " training pictures: at least 1 is needed");
    }
    if (heldOut < 0 || preferences < 0) {
      throw new IllegalArgumentException(
          "Cannot draw "
              + heldOut
              + " held-out scenes and "
              + preferences
              + " preference rows: neither can be negative");
    }
  }
}
