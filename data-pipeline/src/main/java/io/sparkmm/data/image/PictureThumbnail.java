package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A small JPEG copy of a picture, for people. It shows what the pipeline sees: orientation in EXIF
 * data is not applied, transparency is dropped.
 *
 * @param header the stored picture's header
 * @param jpeg the copy
 */
public record PictureThumbnail(ImageHeader header, byte[] jpeg) {
  /** Most pixels of a picture that is decoded for a thumbnail. */
  public static final long MAX_PIXELS = 50_000_000;

  private static final float QUALITY = 0.8f;

  /**
   * Makes a copy.
   *
   * @param name path of the picture, for messages
   * @param file the whole file
   * @param side most pixels of the copy's longer side; a smaller picture keeps its size
   * @throws ImageException if the file is no picture, damaged, or too large
   */
  public static PictureThumbnail of(String name, byte[] file, int side) {
    ImageHeader header = ImageHeader.check(name, ByteSource.of(file));
    if ((long) header.width() * header.height() > MAX_PIXELS) {
      throw new ImageException(
          RejectReason.IMAGE_TOO_LARGE,
          name,
          header.width() + "x" + header.height() + " pixels are too many for a thumbnail");
    }
    return new PictureThumbnail(header, jpeg(shrunk(rgb(name, file, header), side)));
  }

  private static PixelImage rgb(String name, byte[] file, ImageHeader header) {
    if (header.mode() == ImageMode.GREY16) {
      return ColourSpaces.greyToRgb(ImageDecoder.decodeGrey16(name, file, header).clipped());
    }
    return PixelProcessor.toRgb(ImageDecoder.decode(name, file, header), header.mode());
  }

  private static PixelImage shrunk(PixelImage image, int side) {
    double scale = Math.min(1, (double) side / Math.max(image.width(), image.height()));
    SmartResize.Size size =
        new SmartResize.Size(
            (int) Math.max(1, Math.round(image.width() * scale)),
            (int) Math.max(1, Math.round(image.height() * scale)));
    return Resampler.resize(image, size, ResampleFilter.BICUBIC);
  }

  private static byte[] jpeg(PixelImage image) {
    BufferedImage copy =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] samples = image.samples();
    for (int y = 0, at = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++, at += 3) {
        copy.setRGB(
            x,
            y,
            (samples[at] & 0xff) << 16 | (samples[at + 1] & 0xff) << 8 | samples[at + 2] & 0xff);
      }
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(QUALITY);
      writer.setOutput(stream);
      writer.write(null, new IIOImage(copy, null, null), parameters);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot write a JPEG file in memory: " + e.getMessage(), e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
