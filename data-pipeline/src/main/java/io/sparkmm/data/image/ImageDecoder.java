package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
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
    if (header.format() == ImageFormat.JPEG) {
      Raster raster = read(name, file, header, reader -> reader.readRaster(0, null));
      return jpeg(raster, new ByteWindow(ByteSource.of(file), name));
    }
    return other(read(name, file, header, reader -> reader.read(0)), header);
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
    PixelImage image = interleaved(raster, raster.getNumBands());
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

  private static PixelImage other(BufferedImage image, ImageHeader header) {
    if (image.getColorModel() instanceof IndexColorModel palette) {
      return indexed(image.getRaster(), palette, header.mode());
    }
    int channels =
        switch (header.mode()) {
          case BILEVEL, GREY, GREY16 -> 1;
          case GREY_ALPHA -> 2;
          case PALETTE, RGB -> 3;
          case RGBA, CMYK -> 4;
        };
    return interleaved(image.getRaster(), Math.min(channels, image.getRaster().getNumBands()));
  }

  private static PixelImage indexed(Raster raster, IndexColorModel palette, ImageMode mode) {
    boolean grey = mode == ImageMode.GREY || mode == ImageMode.BILEVEL;
    int channels = grey ? 1 : 3;
    int width = raster.getWidth();
    byte[] samples = new byte[Math.multiplyExact(width * raster.getHeight(), channels)];
    int[] row = new int[width];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
      for (int index : row) {
        samples[at++] = (byte) palette.getRed(index);
        if (!grey) {
          samples[at++] = (byte) palette.getGreen(index);
          samples[at++] = (byte) palette.getBlue(index);
        }
      }
    }
    return new PixelImage(width, raster.getHeight(), channels, samples);
  }

  /** The first {@code channels} bands; of 16 bits the high byte. */
  private static PixelImage interleaved(Raster raster, int channels) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    if (channels == bands && isPlain(raster)) {
      byte[] data = ((DataBufferByte) raster.getDataBuffer()).getData();
      return new PixelImage(width, height, channels, data.clone());
    }
    int bits = raster.getSampleModel().getSampleSize(0);
    byte[] samples = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
    int[] row = new int[Math.multiplyExact(width, bands)];
    int at = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          int sample = row[x * bands + c];
          if (bits == 16) {
            sample >>= 8;
          }
          samples[at++] = (byte) sample;
        }
      }
    }
    return new PixelImage(width, height, channels, samples);
  }

  /** Whether the samples lie in memory as {@link PixelImage} wants them; JPEG rasters do. */
  private static boolean isPlain(Raster raster) {
    if (!(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)) {
      return false;
    }
    int[] offsets = model.getBandOffsets();
    for (int band = 0; band < offsets.length; band++) {
      if (offsets[band] != band) {
        return false;
      }
    }
    return model.getPixelStride() == offsets.length
        && model.getScanlineStride() == raster.getWidth() * offsets.length
        && buffer.getNumBanks() == 1
        && buffer.getOffset() == 0
        && buffer.getSize() == model.getScanlineStride() * raster.getHeight();
  }
}
