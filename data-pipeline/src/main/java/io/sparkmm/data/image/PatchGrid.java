package io.sparkmm.data.image;

/**
 * How many patches a picture is cut into, before neighbouring ones are merged.
 *
 * @param t temporal patches, 1 for a picture
 * @param h rows of patches
 * @param w columns of patches
 */
public record PatchGrid(int t, int h, int w) implements java.io.Serializable {
  public PatchGrid {
    if (t < 1 || h < 1 || w < 1) {
      throw new IllegalArgumentException("Cannot cut a picture into " + t + "," + h + "," + w);
    }
  }

  /** Number of patches: rows that the picture has in {@code pixel_values}. */
  public int patches() {
    return Math.multiplyExact(Math.multiplyExact(t, h), w);
  }

  /** Number of features and of placeholder tokens, when {@code merge * merge} patches make one. */
  public int tokens(int merge) {
    return patches() / (merge * merge);
  }
}
