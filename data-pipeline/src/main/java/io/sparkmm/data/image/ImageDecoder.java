package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes pictures with the JDK's readers. Colours are taken from the samples themselves, never
 * through colour management, so that they are those of libjpeg and Pillow.
 */
final class ImageDecoder {
  private ImageDecoder() {}

  /**
   * The pixels of a file. Palettes are resolved; grey, transparency and CMYK stay, since a later
   * resize depends on them.
   *
   * @param name path of the picture, for messages
   * @param file the whole file
   * @param header its header, already checked
   */
  static PixelImage decode(String name, byte[] file, ImageHeader header) {
    if (header.format() == ImageFormat.WEBP) {
      return WebpDecoder.decode(name, file, header);
    }
    if (header.format() == ImageFormat.JPEG) {
      Raster raster = read(name, file, header, reader -> reader.readRaster(0, null));
      return jpeg(raster, new ByteWindow(ByteSource.of(file), name));
    }
    return other(
        read(name, file, header, reader -> reader.read(0)),
        header,
        new ByteWindow(ByteSource.of(file), name));
  }

  /** The pixels of a file whose mode is {@link ImageMode#GREY16}. */
  static Grey16 decodeGrey16(String name, byte[] file, ImageHeader header) {
    Raster raster = read(name, file, header, reader -> reader.read(0)).getRaster();
    int width = raster.getWidth();
    int height = raster.getHeight();
    int[] samples =
        raster.getSamples(raster.getMinX(), raster.getMinY(), width, height, 0, (int[]) null);
    return new Grey16(width, height, samples);
  }

  private interface Decoding<T> {
    T decode(ImageReader reader) throws IOException;
  }

  private static <T> T read(String name, byte[] file, ImageHeader header, Decoding<T> decoding) {
    ImageReader reader = reader(header.format());
    // The stream is in memory: no temporary file is written.
    try (ImageInputStream input = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(input, true, true);
      return decoding.decode(reader);
    } catch (IOException | RuntimeException e) {
      throw new ImageException(RejectReason.IMAGE_UNDECODABLE, name, e);
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader reader(ImageFormat format) {
    Iterator<ImageReader> readers =
        ImageIO.getImageReadersByFormatName(format.name().toLowerCase(Locale.ROOT));
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      // Other readers on the class path may decode to other values.
      if (reader.getClass().getName().startsWith("com.sun.imageio.")) {
        return reader;
      }
    }
    throw new IllegalStateException("Cannot decode " + format + ": this JDK has no reader for it");
  }

  private static PixelImage jpeg(Raster raster, ByteWindow file) {
    PixelImage image = Rasters.interleaved(raster, raster.getNumBands());
    if (JpegColour.of(file) == JpegColour.YCC) {
      ColourSpaces.yccToRgb(image.samples(), image.channels());
    }
    if (image.channels() == 4) {
      // By Adobe's convention, which Pillow assumes always, 255 means no ink.
      byte[] samples = image.samples();
      for (int i = 0; i < samples.length; i++) {
        samples[i] ^= (byte) 0xff;
      }
    }
    return image;
  }

  private static PixelImage other(BufferedImage image, ImageHeader header, ByteWindow file) {
    if (image.getColorModel() instanceof IndexColorModel palette) {
      PixelImage indices = Rasters.interleaved(image.getRaster(), 1);
      if (header.format() == ImageFormat.GIF) {
        indices = onCanvas(indices, header, file);
      }
      return coloured(indices, palette, header.mode());
    }
    int channels =
        switch (header.mode()) {
          case BILEVEL, GREY, GREY16 -> 1;
          case GREY_ALPHA -> 2;
          case PALETTE, RGB -> 3;
          case RGBA, CMYK -> 4;
        };
    return Rasters.interleaved(
        image.getRaster(), Math.min(channels, image.getRaster().getNumBands()));
  }

  /** The first frame of a GIF file, which may be smaller than the picture, in its place. */
  private static PixelImage onCanvas(PixelImage frame, ImageHeader header, ByteWindow file) {
    GifHeader.Frame place = GifHeader.frameOf(file);
    if (frame.width() != place.width() || frame.height() != place.height()) {
      throw new ImageException(
          RejectReason.IMAGE_UNDECODABLE,
          file.name(),
          "the first frame has not the size it announces");
    }
    if (frame.width() == header.width() && frame.height() == header.height()) {
      return frame;
    }
    byte[] canvas = new byte[Math.multiplyExact(header.width(), header.height())];
    Arrays.fill(canvas, (byte) place.fill());
    for (int y = 0; y < frame.height(); y++) {
      System.arraycopy(
          frame.samples(),
          y * frame.width(),
          canvas,
          (place.top() + y) * header.width() + place.left(),
          frame.width());
    }
    return new PixelImage(header.width(), header.height(), 1, canvas);
  }

  /** Colours for indices; an index beyond the palette is black. */
  private static PixelImage coloured(PixelImage indices, IndexColorModel palette, ImageMode mode) {
    boolean grey = mode == ImageMode.GREY || mode == ImageMode.BILEVEL;
    int channels = grey ? 1 : 3;
    int[] colours = new int[256];
    for (int i = 0; i < Math.min(colours.length, palette.getMapSize()); i++) {
      colours[i] = palette.getRGB(i);
    }
    byte[] samples = new byte[Math.multiplyExact(indices.samples().length, channels)];
    int at = 0;
    for (byte index : indices.samples()) {
      int colour = colours[index & 0xff];
      samples[at++] = (byte) (colour >> 16);
      if (!grey) {
        samples[at++] = (byte) (colour >> 8);
        samples[at++] = (byte) colour;
      }
    }
    return new PixelImage(indices.width(), indices.height(), channels, samples);
  }
}
