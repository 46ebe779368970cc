package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;

/**
 * The sizes that a picture takes on its way into the Qwen-VL vision tower; needs no pixels.
 *
 * <p>Step A, {@link #regularise}, keeps the area inside the bounds of the data settings. Step B,
 * {@link #fit}, is the image processor's own: sides become multiples of {@code patch * merge}, with
 * the area inside the bounds of the checkpoint.
 */
public final class SmartResize {
  /** Largest ratio of the sides that either step leaves alone. */
  public static final int MAX_RATIO = 200;

  /** Smallest side after step A. */
  static final int MIN_SIDE = 28;

  /** Ratio that step A gives to pictures beyond {@link #MAX_RATIO}. */
  private static final int CLAMPED_RATIO = 180;

  private SmartResize() {}

  /**
   * A picture's size.
   *
   * @param width pixels, at least 1
   * @param height pixels, at least 1
   */
  public record Size(int width, int height) {
    public Size {
      if (width < 1 || height < 1) {
        throw new IllegalArgumentException("Cannot use size " + width + "x" + height);
      }
    }

    long area() {
      return (long) width * height;
    }

    @Override
    public String toString() {
      return width + "x" + height;
    }
  }

  /**
   * Size after the area has been brought below the upper bound (step 1 of A).
   *
   * @throws ImageException with {@code IMAGE_ASPECT_RATIO} if a side would vanish
   */
  static Size shrink(Size size, PixelBounds bounds, String name) {
    return size.area() > bounds.max() ? scaled(size, bounds.max(), name) : size;
  }

  /** Size after the area has been brought near the lower bound (step 2 of A). */
  static Size enlarge(Size size, PixelBounds bounds, String name) {
    return size.area() < bounds.min() ? scaled(size, bounds.min(), name) : size;
  }

  /** Size after the smallest side has been enforced (step 4 of A). */
  static Size enforceSide(Size size) {
    if (Math.min(size.width(), size.height()) >= MIN_SIDE) {
      return size;
    }
    return new Size(Math.max(size.width(), MIN_SIDE), Math.max(size.height(), MIN_SIDE));
  }

  /** Size after the ratio of the sides has been clamped (step 5 of A). */
  static Size clampRatio(Size size) {
    if ((double) size.width() / size.height() > MAX_RATIO) {
      return new Size(size.height() * CLAMPED_RATIO, size.height());
    }
    if ((double) size.height() / size.width() > MAX_RATIO) {
      return new Size(size.width(), size.width() * CLAMPED_RATIO);
    }
    return size;
  }

  /**
   * Step A: the size that the picture is given before the image processor sees it.
   *
   * @param size size in the file
   * @param bounds {@code image_min_pixels} and {@code image_max_pixels} of the data settings
   * @param name path of the picture, for the message
   * @throws ImageException with {@code IMAGE_ASPECT_RATIO} if a side would vanish
   */
  public static Size regularise(Size size, PixelBounds bounds, String name) {
    return clampRatio(enforceSide(enlarge(shrink(size, bounds, name), bounds, name)));
  }

  /**
   * Step B: the size that is cut into patches.
   *
   * @param size size after step A
   * @param processor the checkpoint's image processor
   * @param name path of the picture, for the message
   * @throws ImageException with {@code IMAGE_ASPECT_RATIO} if one side is more than {@link
   *     #MAX_RATIO} times the other
   */
  public static Size fit(Size size, ProcessorConfig processor, String name) {
    int factor = processor.patchSize() * processor.mergeSize();
    double height = size.height();
    double width = size.width();
    if (Math.max(height, width) / Math.min(height, width) > MAX_RATIO) {
      throw new ImageException(
          RejectReason.IMAGE_ASPECT_RATIO,
          name,
          size + " pixels; the sides may differ by a factor of " + MAX_RATIO);
    }
    // rint rounds halves to even, as the reference does.
    double fitH = Math.rint(height / factor) * factor;
    double fitW = Math.rint(width / factor) * factor;
    PixelBounds bounds = processor.bounds();
    if (fitH * fitW > bounds.max()) {
      double beta = Math.sqrt(height * width / bounds.max());
      fitH = Math.max(factor, Math.floor(height / beta / factor) * factor);
      fitW = Math.max(factor, Math.floor(width / beta / factor) * factor);
    } else if (fitH * fitW < bounds.min()) {
      double beta = Math.sqrt(bounds.min() / (height * width));
      fitH = Math.ceil(height * beta / factor) * factor;
      fitW = Math.ceil(width * beta / factor) * factor;
    }
    return new Size((int) fitW, (int) fitH);
  }

  /** The grid of a picture that has the given size in its file: steps A and B. */
  public static PatchGrid grid(
      Size size, PixelBounds bounds, ProcessorConfig processor, String name) {
    Size fitted = fit(regularise(size, bounds, name), processor, name);
    return new PatchGrid(
        1, fitted.height() / processor.patchSize(), fitted.width() / processor.patchSize());
  }

  private static Size scaled(Size size, long area, String name) {
    double factor = Math.sqrt(area / (double) size.area());
    int width = (int) (size.width() * factor);
    int height = (int) (size.height() * factor);
    if (width < 1 || height < 1) {
      throw new ImageException(
          RejectReason.IMAGE_ASPECT_RATIO,
          name,
          size + " pixels become " + width + "x" + height + " within " + area + " pixels");
    }
    return new Size(width, height);
  }
}
