package io.sparkmm.data.image;

/**
 * Normalises pixels and cuts them into patches.
 *
 * <p>With patch side p, merge m and f frames, row {@code ((Y * (w/m) + X) * m + dy) * m + dx} holds
 * the patch at row {@code Y*m + dy} and column {@code X*m + dx}; in it, number {@code ((c * f + s)
 * * p + py) * p + px} is channel c of frame s at pixel (px, py). All frames of a picture are equal.
 */
final class PatchWriter {
  private final int patch;
  private final int merge;
  private final int frames;

  /** Grey level to number, for each channel. */
  private final float[][] levels = new float[3][256];

  PatchWriter(ProcessorConfig config, ImageArithmetic arithmetic) {
    this.patch = config.patches().size();
    this.merge = config.patches().merge();
    this.frames = config.patches().temporal();
    ProcessorConfig.Normalisation normalisation = config.normalisation();
    for (int c = 0; c < 3; c++) {
      float mean = normalisation.mean().get(c).floatValue();
      float std = normalisation.std().get(c).floatValue();
      // Multiplied as float numbers, as the reference does.
      float unscale = (float) (1.0 / normalisation.rescaleFactor());
      for (int v = 0; v < 256; v++) {
        levels[c][v] =
            switch (arithmetic) {
              // Rescaled in double, normalised in float.
              case PILLOW -> ((float) (v * normalisation.rescaleFactor()) - mean) / std;
              case TENSOR -> (v - mean * unscale) / (std * unscale);
            };
      }
    }
  }

  PatchGrid grid(PixelImage image) {
    return new PatchGrid(1, image.height() / patch, image.width() / patch);
  }

  void write(PixelImage image, float[] target, int offset) {
    PatchGrid grid = grid(image);
    int at = offset;
    for (int cellY = 0; cellY < grid.h(); cellY += merge) {
      for (int cellX = 0; cellX < grid.w(); cellX += merge) {
        for (int dy = 0; dy < merge; dy++) {
          for (int dx = 0; dx < merge; dx++) {
            at = writePatch(image, (cellY + dy) * patch, (cellX + dx) * patch, target, at);
          }
        }
      }
    }
  }

  private int writePatch(PixelImage image, int top, int left, float[] target, int offset) {
    byte[] samples = image.samples();
    int area = patch * patch;
    int at = offset;
    for (int c = 0; c < 3; c++) {
      float[] level = levels[c];
      for (int py = 0; py < patch; py++) {
        int from = ((top + py) * image.width() + left) * 3 + c;
        for (int px = 0; px < patch; px++) {
          target[at++] = level[samples[from] & 0xff];
          from += 3;
        }
      }
      for (int s = 1; s < frames; s++) {
        System.arraycopy(target, at - area, target, at, area);
        at += area;
      }
    }
    return at;
  }
}
