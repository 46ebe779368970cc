package io.sparkmm.data.image;

import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;

/** Takes samples out of what the JDK's readers return, with as few copies as possible. */
final class Rasters {
  private Rasters() {}

  /**
   * The first bands of a raster, which the caller must not use again.
   *
   * <p>Samples of 16 bits keep their high byte; samples of 5 or 6 bits are stretched to 0 to 255.
   *
   * @param raster pixels that nobody else uses
   * @param channels how many bands
   */
  static PixelImage interleaved(Raster raster, int channels) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    if (channels == bands && isPlain(raster)) {
      byte[] data = ((DataBufferByte) raster.getDataBuffer()).getData();
      reorder(data, ((PixelInterleavedSampleModel) raster.getSampleModel()).getBandOffsets());
      return new PixelImage(width, height, channels, data);
    }
    byte[] samples = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
    int[] row = new int[Math.multiplyExact(width, bands)];
    byte[][] levels = new byte[bands][];
    for (int band = 0; band < bands; band++) {
      levels[band] = levels(raster.getSampleModel(), band);
    }
    int at = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          int sample = row[x * bands + c];
          samples[at++] = levels[c].length == 0 ? (byte) (sample >> 8) : levels[c][sample];
        }
      }
    }
    return new PixelImage(width, height, channels, samples);
  }

  /** Level for each sample of up to 8 bits; empty for more. */
  private static byte[] levels(SampleModel model, int band) {
    int bits = model.getSampleSize(band);
    if (bits > 8) {
      return new byte[0];
    }
    byte[] levels = new byte[1 << bits];
    int highest = levels.length - 1;
    for (int i = 0; i < levels.length; i++) {
      // Fewer bits in a raster of one band are indices.
      levels[i] = (byte) (model.getNumBands() == 1 ? i : i * 255 / highest);
    }
    return levels;
  }

  /** Whether pixels lie in memory one after the other. */
  private static boolean isPlain(Raster raster) {
    if (!(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)) {
      return false;
    }
    int bands = model.getNumBands();
    return model.getPixelStride() == bands
        && model.getScanlineStride() == raster.getWidth() * bands
        && buffer.getNumBanks() == 1
        && buffer.getOffset() == 0
        && buffer.getSize() == model.getScanlineStride() * raster.getHeight();
  }

  /** Brings the bands of each pixel into the order of their numbers. */
  private static void reorder(byte[] data, int[] offsets) {
    int bands = offsets.length;
    boolean ordered = true;
    for (int band = 0; band < bands; band++) {
      ordered &= offsets[band] == band;
    }
    if (ordered) {
      return;
    }
    byte[] pixel = new byte[bands];
    for (int p = 0; p < data.length; p += bands) {
      System.arraycopy(data, p, pixel, 0, bands);
      for (int band = 0; band < bands; band++) {
        data[p + band] = pixel[offsets[band]];
      }
    }
  }
}
