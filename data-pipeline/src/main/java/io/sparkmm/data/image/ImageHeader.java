package io.sparkmm.data.image;

import java.util.Objects;

/**
 * What the first bytes of a picture file say.
 *
 * @param format the file format
 * @param width pixels, at least 1
 * @param height pixels, at least 1
 * @param mode how pixels are stored
 */
public record ImageHeader(ImageFormat format, int width, int height, ImageMode mode) {
  public ImageHeader {
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(mode, "mode");
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("Cannot use a picture of " + width + "x" + height);
    }
  }

  /**
   * Reads the header of a picture in memory.
   *
   * @param name path of the picture, for messages
   * @param file the whole file
   * @throws ImageException if this is no picture, or its header is cut or damaged
   */
  public static ImageHeader of(String name, byte[] file) {
    return read(name, ByteSource.of(file));
  }

  /**
   * Reads the header of a file: a few KiB, and more only where a large block of metadata stands
   * before the size.
   *
   * @param name path of the picture, for messages
   * @param file the file
   * @throws ImageException if this is no picture, its header is cut or damaged, or reading fails
   */
  public static ImageHeader read(String name, ByteSource file) {
    return ImageHeaders.read(new ByteWindow(file, name));
  }

  /**
   * Reads the header and makes sure, as far as that is possible without decoding, that the picture
   * can be decoded: the file does not end early, and the picture is not so large that decoding it
   * would exhaust the memory.
   *
   * @param name path of the picture, for messages
   * @param file the file
   * @throws ImageException if not
   */
  public static ImageHeader check(String name, ByteSource file) {
    ByteWindow window = new ByteWindow(file, name);
    ImageHeader header = ImageHeaders.read(window);
    DecodeLimit.check(window, header);
    ImageIntegrity.check(window, header);
    return header;
  }
}
