package io.sparkmm.data.image;

/** Finds any damage of a picture by decoding it. */
public final class ImageCheck {
  private ImageCheck() {}

  /**
   * Decodes a picture and throws its pixels away.
   *
   * @param name path of the picture, for messages
   * @param file the whole file
   * @return its header
   * @throws ImageException if the file is no picture, damaged anywhere, or too large
   */
  public static ImageHeader decode(String name, byte[] file) {
    ImageHeader header = ImageHeader.check(name, ByteSource.of(file));
    if (header.mode() == ImageMode.GREY16) {
      PixelProcessor.checkSize(name, header, ImageDecoder.decodeGrey16(name, file, header).size());
    } else {
      PixelProcessor.checkSize(name, header, ImageDecoder.decode(name, file, header).size());
    }
    return header;
  }
}
