package io.sparkmm.data.image;

import java.nio.file.Path;
import java.util.Set;

/**
 * InternVL checkpoints in the Hugging Face form: {@code preprocessor_config.json} has the side of a
 * tile, {@code processor_config.json} the features of one.
 */
final class InternVlFamily implements PictureFamily {
  private static final Set<String> TYPES =
      Set.of("GotOcr2ImageProcessor", "GotOcr2ImageProcessorFast");

  /** Tiles that {@code crop_to_patches} of the data settings allows, whatever the file says. */
  private static final int MOST_TILES = 12;

  @Override
  public String name() {
    return PictureFamilies.INTERN_VL;
  }

  @Override
  public PictureSizing read(Path checkpoint, PictureSettings settings) {
    ProcessorFile pictures = ProcessorFile.read(checkpoint, "preprocessor_config.json");
    String type = pictures.text("image_processor_type", "GotOcr2ImageProcessor");
    if (!TYPES.contains(type)) {
      throw pictures.wrong(
          "image_processor_type", type, "one of " + TYPES.stream().sorted().toList());
    }
    SmartResize.Size tile = pictures.size("size");
    if (tile.width() != tile.height()) {
      throw pictures.wrong("size", tile.toString(), "a square");
    }
    ProcessorFile processor = ProcessorFile.read(checkpoint, "processor_config.json");
    int features = processor.number("image_seq_length", 256);
    int side = (int) Math.rint(Math.sqrt(features));
    if (side < 1 || side * side != features) {
      throw processor.wrong("image_seq_length", Integer.toString(features), "a square number");
    }
    return new TiledPictureSizing(
        settings.bounds(), tile.width(), 2 * side, tiles(pictures, settings));
  }

  private static TiledPictureSizing.Tiles tiles(ProcessorFile file, PictureSettings settings) {
    if (settings.cropToPatches()) {
      return new TiledPictureSizing.Tiles(1, MOST_TILES);
    }
    if (!file.flag("crop_to_patches", false)) {
      return new TiledPictureSizing.Tiles(1, 1);
    }
    int fewest = file.number("min_patches", 1);
    int most = file.number("max_patches", MOST_TILES);
    if (fewest < 1 || most < fewest) {
      throw file.wrong("max_patches", Integer.toString(most), "at least min_patches, " + fewest);
    }
    return new TiledPictureSizing.Tiles(fewest, most);
  }
}
