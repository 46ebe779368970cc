package io.sparkmm.data.image;

/** Looks up the size of pictures without decoding them. */
@FunctionalInterface
public interface ImageProbe {
  /**
   * Size and mode of a picture.
   *
   * @param path the picture's path as the sample has it
   * @throws ImageException if the picture is missing, no picture, damaged or not decodable
   */
  ImageHeader probe(String path);
}
