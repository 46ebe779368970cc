package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.input.RowSegments;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.nn.RotaryFrequencies;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the host arrays of a micro-batch say about its computation: positions, where vision tokens
 * go, which cells have a target. Checks that ids, grids and pixels fit together.
 */
final class InputPlan {
  private final HostBatch host;
  private final RopeIndex rope;
  private final List<Grid> grids;
  private final long[] visionCells;
  private final boolean rightPadded;

  private InputPlan(HostBatch host, RopeIndex rope, List<Grid> grids, long[] visionCells) {
    this.host = host;
    this.rope = rope;
    this.grids = grids;
    this.visionCells = visionCells;
    this.rightPadded = rightPadded(host);
  }

  /**
   * Plans a batch.
   *
   * @param host the batch
   * @param videoGrids grids of videos whose patches follow those of the pictures
   * @param config the model's sizes and token ids
   * @throws ModelException naming counts and samples if the parts do not fit
   */
  static InputPlan of(HostBatch host, List<Grid> videoGrids, Qwen2VlConfig config) {
    List<Grid> imageGrids = host.imageGrids().stream().map(Grid::of).toList();
    int merge = config.vision().spatialMergeSize();
    checkIds(host, config.text().vocabSize());
    checkGrids(host, imageGrids, "picture", merge);
    checkGrids(host, videoGrids, "video", merge);
    long[] imageCells = placed(host, imageGrids, "picture", config);
    long[] videoCells = placed(host, videoGrids, "video", config);
    RopeIndex rope =
        RopeIndex.of(host, new RopeIndex.Media(imageGrids, videoGrids, config.tokens(), merge));
    List<Grid> grids = new ArrayList<>(imageGrids);
    grids.addAll(videoGrids);
    long[] cells = new long[imageCells.length + videoCells.length];
    System.arraycopy(imageCells, 0, cells, 0, imageCells.length);
    System.arraycopy(videoCells, 0, cells, imageCells.length, videoCells.length);
    return new InputPlan(host, rope, List.copyOf(grids), cells);
  }

  int rows() {
    return host.rows();
  }

  int columns() {
    return host.columns();
  }

  /** Grids of all pictures, then of all videos. */
  List<Grid> grids() {
    return grids;
  }

  /** Flat index of the cell that each vision token replaces, in the order of the grids. */
  long[] visionCells() {
    return visionCells.clone();
  }

  long[] ropeDeltas() {
    return rope.deltas();
  }

  /** Whether padding, if any, is behind all real tokens of each row: a causal mask is enough. */
  boolean rightPadded() {
    return rightPadded;
  }

  /** Records that attention has to keep apart; empty where it does not. */
  Optional<long[]> isolatedSegments() {
    return host.segments().filter(RowSegments::isolated).map(RowSegments::numbers);
  }

  /** Flat indices of the cells whose next token is a target. */
  long[] targetCells() {
    long[] cells = new long[host.targetCount()];
    int count = 0;
    for (int cell = 0; cell < host.labels().length; cell++) {
      if (cell % host.columns() != 0 && host.labels()[cell] >= 0) {
        cells[count++] = cell - 1L;
      }
    }
    return cells;
  }

  /**
   * Rotary angles of all cells, {@code [B*S, frequencies]}: the first {@code section[0]}
   * frequencies follow the time axis, the next ones the row, the rest the column.
   */
  double[] angles(RotaryFrequencies frequencies, List<Integer> section) {
    int count = frequencies.count();
    int[] axisOf = new int[count];
    int at = 0;
    for (int axis = 0; axis < 3; axis++) {
      for (int i = 0; i < section.get(axis); i++) {
        axisOf[at++] = axis;
      }
    }
    double[] angles = new double[host.inputIds().length * count];
    for (int cell = 0; cell < host.inputIds().length; cell++) {
      for (int i = 0; i < count; i++) {
        angles[cell * count + i] = frequencies.angle(rope.position(axisOf[i], cell), i);
      }
    }
    return angles;
  }

  private static boolean rightPadded(HostBatch host) {
    for (int cell = 1; cell < host.attentionMask().length; cell++) {
      boolean follows = cell % host.columns() != 0;
      if (follows && host.attentionMask()[cell] == 1 && host.attentionMask()[cell - 1] != 1) {
        return false;
      }
    }
    return true;
  }

  private static long[] cellsOf(HostBatch host, long id) {
    long[] cells = new long[host.inputIds().length];
    int count = 0;
    for (int cell = 0; cell < cells.length; cell++) {
      // Also where nothing attends to it: a batch without pictures has a blank one behind a row.
      if (host.inputIds()[cell] == id) {
        cells[count++] = cell;
      }
    }
    return java.util.Arrays.copyOf(cells, count);
  }

  private static void checkIds(HostBatch host, int vocabulary) {
    for (int cell = 0; cell < host.inputIds().length; cell++) {
      long id = host.inputIds()[cell];
      long label = host.labels()[cell];
      if (id < 0 || id >= vocabulary || label >= vocabulary) {
        int row = cell / host.columns();
        throw new ModelException(
            ModelException.Kind.BATCH,
            "Cannot run sample "
                + sample(host, row)
                + ": token id "
                + id
                + " or label "
                + label
                + " at column "
                + cell % host.columns()
                + " is outside the vocabulary of "
                + vocabulary);
      }
    }
  }

  private static void checkGrids(HostBatch host, List<Grid> grids, String kind, int merge) {
    for (Grid grid : grids) {
      if (grid.t() < 1
          || grid.h() < 1
          || grid.w() < 1
          || grid.h() % merge != 0
          || grid.w() % merge != 0) {
        throw new ModelException(
            ModelException.Kind.BATCH,
            "Cannot run samples "
                + host.sampleIds()
                + ": "
                + kind
                + " grid "
                + grid
                + " needs positive sizes, rows and columns that are multiples of "
                + merge);
      }
    }
  }

  /** Cells of the placeholders, which must be as many as the grids have tokens. */
  private static long[] placed(
      HostBatch host, List<Grid> grids, String kind, Qwen2VlConfig config) {
    int id = kind.equals("video") ? config.tokens().video() : config.tokens().image();
    long[] cells = cellsOf(host, id);
    int merge = config.vision().spatialMergeSize();
    long tokens = grids.stream().mapToLong(grid -> grid.tokens(merge)).sum();
    if (tokens != cells.length) {
      throw new ModelException(
          ModelException.Kind.BATCH,
          "Cannot run samples "
              + host.sampleIds()
              + ": "
              + grids.size()
              + " "
              + kind
              + " grids "
              + grids
              + " give "
              + tokens
              + " vision tokens, the text has "
              + cells.length
              + " placeholders, by row "
              + perSample(host, id));
    }
    return cells;
  }

  private static List<Integer> perSample(HostBatch host, long id) {
    List<Integer> counts = new ArrayList<>();
    for (int row = 0; row < host.rows(); row++) {
      int count = 0;
      for (int cell = row * host.columns(); cell < (row + 1) * host.columns(); cell++) {
        if (host.inputIds()[cell] == id) {
          count++;
        }
      }
      counts.add(count);
    }
    return counts;
  }

  private static String sample(HostBatch host, int row) {
    return row < host.sampleIds().size() ? host.sampleIds().get(row) : "in row " + row;
  }
}
