package io.sparkmm.data.image;

import java.util.Objects;

/**
 * Sizes of the Qwen-VL family: {@link SmartResize}.
 *
 * @param bounds {@code image_min_pixels} and {@code image_max_pixels} of the data settings
 * @param processor the checkpoint's image processor
 */
public record QwenPictureSizing(PixelBounds bounds, ProcessorConfig processor)
    implements PictureSizing {
  public QwenPictureSizing {
    Objects.requireNonNull(bounds, "bounds");
    Objects.requireNonNull(processor, "processor");
  }

  @Override
  public PatchGrid grid(SmartResize.Size size, String name) {
    return SmartResize.grid(size, bounds, processor, name);
  }

  @Override
  public int mergeSize() {
    return processor.mergeSize();
  }

  @Override
  public String fingerprint() {
    return processor.fingerprint();
  }
}
