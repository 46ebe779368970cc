package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.RotaryFrequencies;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How the patches of a batch are arranged for the vision tower.
 *
 * <p>Every frame attends to itself only. Frames of equal length are computed in one call, so frames
 * are brought in order of length first; the tower's output goes back to the original order.
 *
 * @param patches all patches N
 * @param runs frames of equal length, in computation order
 * @param patchOrder original index of each patch in computation order; empty if nothing moves
 * @param tokenOrder computed index of each merged token in original order; empty if nothing moves
 * @param frames all frames in computation order
 * @param merge side of the block of patches that becomes one token
 */
record VisionLayout(
    int patches,
    List<Run> runs,
    Optional<long[]> patchOrder,
    Optional<long[]> tokenOrder,
    List<Frame> frames,
    int merge) {
  /** {@code count} frames of {@code length} patches each. */
  record Run(int count, int length) {}

  /** A frame of {@code h * w} patches that start at patch {@code offset}. */
  record Frame(int h, int w, int offset) {
    int length() {
      return h * w;
    }
  }

  static VisionLayout of(List<Grid> grids, int merge) {
    List<Frame> frames = new ArrayList<>();
    int offset = 0;
    for (Grid grid : grids) {
      for (int t = 0; t < grid.t(); t++) {
        frames.add(new Frame(grid.h(), grid.w(), offset));
        offset += grid.framePatches();
      }
    }
    List<Frame> sorted = new ArrayList<>(frames);
    sorted.sort(Comparator.comparingInt(Frame::length));
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < sorted.size(); ) {
      int length = sorted.get(i).length();
      int end = i;
      while (end < sorted.size() && sorted.get(end).length() == length) {
        end++;
      }
      runs.add(new Run(end - i, length));
      i = end;
    }
    if (sorted.equals(frames)) {
      return new VisionLayout(
          offset,
          List.copyOf(runs),
          Optional.empty(),
          Optional.empty(),
          List.copyOf(sorted),
          merge);
    }
    long[] patchOrder = new long[offset];
    long[] tokenOrder = new long[offset / (merge * merge)];
    int at = 0;
    for (Frame frame : sorted) {
      for (int i = 0; i < frame.length(); i++) {
        patchOrder[at + i] = (long) frame.offset() + i;
      }
      int tokens = frame.length() / (merge * merge);
      for (int i = 0; i < tokens; i++) {
        tokenOrder[frame.offset() / (merge * merge) + i] = (long) at / (merge * merge) + i;
      }
      at += frame.length();
    }
    return new VisionLayout(
        offset,
        List.copyOf(runs),
        Optional.of(patchOrder),
        Optional.of(tokenOrder),
        List.copyOf(sorted),
        merge);
  }

  /**
   * Rotary angles of all patches in computation order, {@code [N, 2 * frequencies]}: those of the
   * patch's row, then those of its column. Patches of a frame go block by block of {@code merge *
   * merge}, row by row inside a block.
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
