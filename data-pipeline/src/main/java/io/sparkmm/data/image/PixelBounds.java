package io.sparkmm.data.image;

import io.sparkmm.data.sample.DataException;
import java.io.Serializable;

/**
 * Bounds on the area of a picture, in pixels.
 *
 * @param min smaller pictures are enlarged; 0 = no lower bound
 * @param max larger pictures are shrunk
 */
public record PixelBounds(long min, long max) implements Serializable {
  public PixelBounds {
    if (min < 0 || max < 1 || min > max) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot bound pictures to between "
              + min
              + " and "
              + max
              + " pixels: the bounds have to be 0 <= min <= max and max >= 1");
    }
  }
}
