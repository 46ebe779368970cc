package io.sparkmm.data.sample;

import java.util.Objects;
import java.util.Optional;

/**
 * A picture of an encoded sample: where its bytes are, and the patch grid that the image processor
 * makes of it.
 *
 * @param path the picture's path or URI as the reader has to open it
 * @param bytes the encoded picture (JPEG, PNG, ...) when it is embedded in the shard, else empty
 * @param height height in pixels of the stored picture
 * @param width width in pixels of the stored picture
 * @param gridT temporal patches, 1 for a picture
 * @param gridH patch rows before merging
 * @param gridW patch columns before merging
 */
public record EncodedImage(
    String path, Optional<byte[]> bytes, int height, int width, int gridT, int gridH, int gridW) {
  public EncodedImage {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(bytes, "bytes");
    if (height < 1 || width < 1 || gridT < 1 || gridH < 1 || gridW < 1) {
      throw new IllegalArgumentException(
          "Cannot use image "
              + path
              + ": size "
              + width
              + "x"
              + height
              + ", grid "
              + gridT
              + ","
              + gridH
              + ","
              + gridW);
    }
  }

  /** Patches that the picture contributes to {@code pixel_values}. */
  public long patches() {
    return (long) gridT * gridH * gridW;
  }
}
