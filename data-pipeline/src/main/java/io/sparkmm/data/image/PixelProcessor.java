package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;
import java.util.Objects;

/**
 * Turns picture files into the rows of {@code pixel_values}: decode, bring inside the area bounds,
 * make RGB, resize, normalise, cut into patches. Equal to Pillow and the Qwen2-VL image processors
 * of transformers, with and without tensors, up to the decoding of JPEG files with unusual
 * subsampling. Thread-safe.
 */
public final class PixelProcessor {
  private final ProcessorConfig config;
  private final PixelSettings settings;
  private final PatchWriter writer;

  /**
   * A processor that computes as Pillow does.
   *
   * @param config the checkpoint's image processor
   * @param bounds {@code image_min_pixels} and {@code image_max_pixels} of the data settings; the
   *     same as when the samples were encoded
   * @param regulariseFilter filter of the resize to these bounds
   */
  public PixelProcessor(
      ProcessorConfig config, PixelBounds bounds, RegulariseFilter regulariseFilter) {
    this(config, new PixelSettings(bounds, regulariseFilter, ImageArithmetic.PILLOW));
  }

  /**
   * A processor.
   *
   * @param config the checkpoint's image processor
   * @param settings the other settings; its bounds are those with which the samples were encoded
   */
  public PixelProcessor(ProcessorConfig config, PixelSettings settings) {
    this.config = Objects.requireNonNull(config, "config");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.writer = new PatchWriter(config, settings.arithmetic());
  }

  /** Numbers in one row. */
  public int rowWidth() {
    return config.patchWidth();
  }

  /** The grid of a picture of this size. */
  public PatchGrid grid(String name, int width, int height) {
    return SmartResize.grid(new SmartResize.Size(width, height), settings.bounds(), config, name);
  }

  /**
   * Processes a picture.
   *
   * @param name path of the picture, for messages
   * @param file the whole file
   * @throws ImageException if the file is no picture, damaged or cut short
   */
  public PixelPatches process(String name, byte[] file) {
    PixelImage image = fitted(name, file);
    PatchGrid grid = writer.grid(image);
    float[] rows = new float[Math.multiplyExact(grid.patches(), rowWidth())];
    writer.write(image, rows, 0);
    return new PixelPatches(rows, grid);
  }

  /**
   * Processes a picture into a larger array.
   *
   * @param name path of the picture, for messages
   * @param file the whole file
   * @param target array that takes {@code grid.patches() * rowWidth()} numbers
   * @param offset index of the first of them
   * @return the grid
   * @throws ImageException if the file is no picture, damaged or cut short
   */
  public PatchGrid process(String name, byte[] file, float[] target, int offset) {
    PixelImage image = fitted(name, file);
    PatchGrid grid = writer.grid(image);
    long end = offset + (long) grid.patches() * rowWidth();
    if (end > target.length) {
      throw new IllegalArgumentException(
          "Cannot write the patches of "
              + name
              + ": they end at "
              + end
              + " in an array of "
              + target.length);
    }
    writer.write(image, target, offset);
    return grid;
  }

  private PixelImage fitted(String name, byte[] file) {
    ImageHeader header = ImageHeader.check(name, ByteSource.of(file));
    PixelImage image =
        header.mode() == ImageMode.GREY16
            ? boundedGrey16(name, file, header)
            : boundedRgb(name, file, header);
    image = Resampler.resize(image, SmartResize.enforceSide(image.size()), ResampleFilter.BICUBIC);
    image = Resampler.resize(image, SmartResize.clampRatio(image.size()), ResampleFilter.BICUBIC);
    return Resampler.resize(
        image,
        SmartResize.fit(image.size(), config, name),
        config.resample(),
        settings.arithmetic());
  }

  /** Step A up to the conversion to RGB. */
  private PixelImage boundedRgb(String name, byte[] file, ImageHeader header) {
    PixelImage image = ImageDecoder.decode(name, file, header);
    checkSize(name, header, image.size());
    // Step 2 looks at the outcome of step 1, so these can be two resizes.
    image =
        bounded(image, SmartResize.shrink(image.size(), settings.bounds(), name), header.mode());
    image =
        bounded(image, SmartResize.enlarge(image.size(), settings.bounds(), name), header.mode());
    return toRgb(image, header.mode());
  }

  private PixelImage boundedGrey16(String name, byte[] file, ImageHeader header) {
    Grey16 image = ImageDecoder.decodeGrey16(name, file, header);
    checkSize(name, header, image.size());
    ResampleFilter filter = settings.filter().filter();
    image = image.resize(SmartResize.shrink(image.size(), settings.bounds(), name), filter);
    image = image.resize(SmartResize.enlarge(image.size(), settings.bounds(), name), filter);
    return ColourSpaces.greyToRgb(image.clipped());
  }

  static void checkSize(String name, ImageHeader header, SmartResize.Size size) {
    if (size.width() != header.width() || size.height() != header.height()) {
      throw new ImageException(
          RejectReason.IMAGE_UNDECODABLE,
          name,
          "the header says " + header.width() + "x" + header.height() + ", decoded " + size);
    }
  }

  /** A resize before the conversion to RGB. */
  private PixelImage bounded(PixelImage image, SmartResize.Size size, ImageMode mode) {
    if (size.equals(image.size())) {
      return image;
    }
    ResampleFilter filter =
        mode.resizesByNearest() ? ResampleFilter.NEAREST : settings.filter().filter();
    if (mode.hasAlpha() && filter != ResampleFilter.NEAREST) {
      return ColourSpaces.unpremultiply(
          Resampler.resize(ColourSpaces.premultiply(image), size, filter));
    }
    return Resampler.resize(image, size, filter);
  }

  /** Three channels for a picture whose pixels are stored in a mode. */
  static PixelImage toRgb(PixelImage image, ImageMode mode) {
    PixelImage opaque = mode.hasAlpha() ? ColourSpaces.dropAlpha(image) : image;
    if (mode == ImageMode.CMYK) {
      return ColourSpaces.cmykToRgb(opaque);
    }
    return opaque.channels() == 1 ? ColourSpaces.greyToRgb(opaque) : opaque;
  }
}
