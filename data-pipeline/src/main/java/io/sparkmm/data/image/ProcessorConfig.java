package io.sparkmm.data.image;

import io.sparkmm.data.sample.DataException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * What a checkpoint's image processor does with a picture.
 *
 * @param bounds bounds on the area after resizing; those of the checkpoint, not of the data
 *     settings
 * @param patches size of the patches
 * @param normalisation how grey levels become numbers
 * @param resample filter of the resize
 */
public record ProcessorConfig(
    PixelBounds bounds, Patches patches, Normalisation normalisation, ResampleFilter resample)
    implements Serializable {

  /**
   * The patches that a picture is cut into.
   *
   * @param size side of a patch in pixels
   * @param merge side, in patches, of the square that becomes one feature
   * @param temporal frames in a patch; a picture is repeated as often
   */
  public record Patches(int size, int merge, int temporal) implements Serializable {
    public Patches {
      if (size < 1 || merge < 1 || temporal < 1) {
        throw new DataException(
            DataException.Kind.CHECKPOINT,
            "Cannot cut pictures: patch_size "
                + size
                + ", merge_size "
                + merge
                + ", temporal_patch_size "
                + temporal
                + " have to be at least 1");
      }
    }
  }

  /**
   * Grey level {@code v} of channel c becomes {@code (v * rescaleFactor - mean[c]) / std[c]}.
   *
   * @param rescaleFactor usually 1/255
   * @param mean one value for each of red, green, blue
   * @param std likewise, none of them 0
   */
  public record Normalisation(double rescaleFactor, List<Double> mean, List<Double> std)
      implements Serializable {
    public Normalisation {
      mean = List.copyOf(mean);
      std = List.copyOf(std);
      if (mean.size() != 3 || std.size() != 3 || std.contains(0.0)) {
        throw new DataException(
            DataException.Kind.CHECKPOINT,
            "Cannot normalise pictures with image_mean "
                + mean
                + " and image_std "
                + std
                + ": both need three values, and no std may be 0");
      }
    }
  }

  public ProcessorConfig {
    Objects.requireNonNull(bounds, "bounds");
    Objects.requireNonNull(patches, "patches");
    Objects.requireNonNull(normalisation, "normalisation");
    Objects.requireNonNull(resample, "resample");
  }

  /** The values of the published Qwen2-VL and Qwen2.5-VL checkpoints. */
  public static ProcessorConfig qwen2Vl() {
    return ProcessorConfigParser.parse(
        "{\"min_pixels\": 3136, \"max_pixels\": 12845056}".getBytes(StandardCharsets.UTF_8),
        "the published Qwen2-VL values");
  }

  /**
   * Reads {@code preprocessor_config.json} of a checkpoint folder.
   *
   * @throws DataException of kind {@code CHECKPOINT} if the file is missing or damaged, or asks for
   *     something that is not supported
   */
  public static ProcessorConfig read(Path folder) {
    return ProcessorConfigParser.read(folder);
  }

  /** Side of a patch in pixels. */
  public int patchSize() {
    return patches.size();
  }

  /** Side, in patches, of the square that becomes one feature. */
  public int mergeSize() {
    return patches.merge();
  }

  /** Numbers in one row of {@code pixel_values}: channels x frames x patch x patch. */
  public int patchWidth() {
    return 3 * patches.temporal() * patches.size() * patches.size();
  }

  /** SHA-256 over all values as lower case hexadecimal digits; names what made a data set. */
  public String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(toString().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Cannot compute a fingerprint: no SHA-256 in this JVM", e);
    }
  }
}
