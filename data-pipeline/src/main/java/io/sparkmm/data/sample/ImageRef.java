package io.sparkmm.data.sample;

import java.util.Objects;

/**
 * A picture that a sample names.
 *
 * @param path path or URI to open, relative to the working directory unless absolute
 */
public record ImageRef(String path) {
  public ImageRef {
    Objects.requireNonNull(path, "path");
  }
}
