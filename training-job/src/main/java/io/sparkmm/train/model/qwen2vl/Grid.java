package io.sparkmm.train.model.qwen2vl;

/**
 * Patch grid of a picture or video clip before merging.
 *
 * @param t temporal patches, 1 for a picture
 * @param h rows of patches
 * @param w columns of patches
 */
public record Grid(int t, int h, int w) {
  /** A grid from the three numbers of a host batch. */
  public static Grid of(int[] thw) {
    return new Grid(thw[0], thw[1], thw[2]);
  }

  /** Patches of one frame. */
  public int framePatches() {
    return h * w;
  }

  /** Patches of all frames. */
  public int patches() {
    return t * h * w;
  }

  /** Vision tokens after merging blocks of {@code merge * merge} patches. */
  public int tokens(int merge) {
    return t * (h / merge) * (w / merge);
  }

  @Override
  public String toString() {
    return "(" + t + "," + h + "," + w + ")";
  }
}
