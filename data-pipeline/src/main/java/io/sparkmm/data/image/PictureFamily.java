package io.sparkmm.data.image;

import java.nio.file.Path;

/**
 * A family of vision towers that count the features of a picture in the same way. To add one: write
 * a class that implements this interface, and name it in {@link PictureFamilies#standard()}.
 */
public interface PictureFamily {
  /** The name that templates use. */
  String name();

  /**
   * How the family's checkpoint sizes pictures.
   *
   * @param checkpoint folder with the processor's files
   * @param settings what the data settings say
   * @throws io.sparkmm.data.sample.DataException of kind {@code CHECKPOINT} if a file is missing or
   *     damaged, or asks for something that is not supported
   */
  PictureSizing read(Path checkpoint, PictureSettings settings);
}
