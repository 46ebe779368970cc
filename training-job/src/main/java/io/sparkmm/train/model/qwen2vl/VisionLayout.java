package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.RotaryFrequencies;
import java.util.ArrayList;
import java.util.List;

/**
 * How the patches of a batch are arranged for the vision tower.
 *
 * <p>Every frame attends to itself only; neighbours of equal length are computed in one call.
 * Patches stay in the order of the pictures: gradients that are added up patch after patch in a
 * 16-bit type depend on it.
 *
 * @param patches all patches N
 * @param runs neighbouring frames of equal length
 * @param frames all frames
 * @param merge side of the block of patches that becomes one token
 */
record VisionLayout(int patches, List<Run> runs, List<Frame> frames, int merge) {
  /** {@code count} frames of {@code length} patches each. */
  record Run(int count, int length) {}

  /** A frame of {@code h * w} patches. */
  record Frame(int h, int w) {
    int length() {
      return h * w;
    }
  }

  static VisionLayout of(List<Grid> grids, int merge) {
    List<Frame> frames = new ArrayList<>();
    int patches = 0;
    for (Grid grid : grids) {
      for (int t = 0; t < grid.t(); t++) {
        frames.add(new Frame(grid.h(), grid.w()));
        patches += grid.framePatches();
      }
    }
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < frames.size(); ) {
      int length = frames.get(i).length();
      int end = i;
      while (end < frames.size() && frames.get(end).length() == length) {
        end++;
      }
      runs.add(new Run(end - i, length));
      i = end;
    }
    return new VisionLayout(patches, List.copyOf(runs), List.copyOf(frames), merge);
  }

  /**
   * Rotary angles of all patches {@code [N, 2 * frequencies]}: those of the patch's row, then those
   * of its column. Patches of a frame go block by block of {@code merge * merge}, row by row inside
   * a block.
   */
  double[] angles(RotaryFrequencies frequencies) {
    int count = frequencies.count();
    double[] angles = new double[patches * 2 * count];
    int at = 0;
    for (Frame frame : frames) {
      for (int blockRow = 0; blockRow < frame.h(); blockRow += merge) {
        for (int blockColumn = 0; blockColumn < frame.w(); blockColumn += merge) {
          for (int row = blockRow; row < blockRow + merge; row++) {
            for (int column = blockColumn; column < blockColumn + merge; column++) {
              for (int i = 0; i < count; i++) {
                angles[at + i] = frequencies.angle(row, i);
                angles[at + count + i] = frequencies.angle(column, i);
              }
              at += 2 * count;
            }
          }
        }
      }
    }
    return angles;
  }
}
