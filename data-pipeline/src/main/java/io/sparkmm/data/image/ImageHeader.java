package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;
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
  /** Most pixels of a picture that is decoded; the limit at which Pillow refuses a picture. */
  public static final long MAX_PIXELS = 2L * 89_478_485;

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
    return ImageHeaders.read(name, ByteSource.of(file));
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
    return ImageHeaders.read(name, file);
  }

  /**
   * Reads the header and makes sure, as far as that is possible without decoding, that the picture
   * can be decoded: the format is supported, the file does not end early, and the picture is not so
   * large that decoding it would exhaust the memory.
   *
   * @param name path of the picture, for messages
   * @param file the file
   * @throws ImageException if not
   */
  public static ImageHeader check(String name, ByteSource file) {
    ImageHeader header = ImageHeaders.read(name, file);
    if (!header.format().decodable()) {
      throw new ImageException(
          RejectReason.IMAGE_FORMAT_UNSUPPORTED,
          name,
          header.format() + "; supported are JPEG, PNG, GIF and BMP");
    }
    if ((long) header.width * header.height > MAX_PIXELS) {
      throw new ImageException(
          RejectReason.IMAGE_TOO_LARGE,
          name,
          header.width + "x" + header.height + " pixels; at most " + MAX_PIXELS + " are decoded");
    }
    ImageIntegrity.check(new ByteWindow(file, name), header);
    return header;
  }
}
