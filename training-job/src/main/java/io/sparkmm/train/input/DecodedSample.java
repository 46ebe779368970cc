package io.sparkmm.train.input;

import io.sparkmm.data.image.PixelPatches;
import io.sparkmm.data.sample.EncodedSample;
import java.util.List;
import java.util.Objects;

/**
 * A sample whose pictures are decoded.
 *
 * @param sample what the shard holds
 * @param pictures patches of the sample's pictures, in its order
 */
public record DecodedSample(EncodedSample sample, List<PixelPatches> pictures) {
  public DecodedSample {
    Objects.requireNonNull(sample, "sample");
    pictures = List.copyOf(pictures);
    if (pictures.size() != sample.images().size()) {
      throw new IllegalArgumentException(
          "Cannot use sample "
              + sample.id()
              + ": it has "
              + sample.images().size()
              + " pictures, "
              + pictures.size()
              + " were decoded");
    }
  }
}
