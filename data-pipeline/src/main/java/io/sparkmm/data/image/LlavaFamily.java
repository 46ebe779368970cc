package io.sparkmm.data.image;

import java.nio.file.Path;

/**
 * LLaVA checkpoints in the Hugging Face form: {@code preprocessor_config.json} has the size that
 * every picture takes, {@code processor_config.json} how it becomes features.
 */
final class LlavaFamily implements PictureFamily {
  @Override
  public String name() {
    return PictureFamilies.LLAVA;
  }

  @Override
  public PictureSizing read(Path checkpoint, PictureSettings settings) {
    ProcessorFile pictures = ProcessorFile.read(checkpoint, "preprocessor_config.json");
    boolean cropped = pictures.flag("do_center_crop", pictures.root().path("crop_size").isObject());
    SmartResize.Size size = pictures.size(cropped ? "crop_size" : "size");
    ProcessorFile processor = ProcessorFile.read(checkpoint, "processor_config.json");
    int patch = processor.number("patch_size", 0);
    int rows = patch == 0 ? 0 : size.height() / patch;
    int columns = patch == 0 ? 0 : size.width() / patch;
    if (rows < 1 || columns < 1) {
      throw processor.wrong("patch_size", Integer.toString(patch), "above 0, at most the picture");
    }
    String strategy = processor.text("vision_feature_select_strategy", "");
    if (!strategy.equals("default") && !strategy.equals("full")) {
      throw processor.wrong("vision_feature_select_strategy", strategy, "default or full");
    }
    int extra =
        processor.number("num_additional_image_tokens", 0) - (strategy.equals("default") ? 1 : 0);
    if (rows * columns + extra < 1) {
      throw processor.wrong("num_additional_image_tokens", "too small", "above 0 features");
    }
    return extra == 0
        ? new FixedPictureSizing(new PatchGrid(1, rows, columns))
        : new FixedPictureSizing(new PatchGrid(1, 1, rows * columns + extra));
  }
}
