package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.input.RowSegments;
import io.sparkmm.train.model.ModelException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Position ids of the three axes time, row and column.
 *
 * <p>Text advances all axes together. The tokens of a picture or video start behind the text before
 * them and spread over the three axes; the text behind them goes on after the largest position.
 * Padding has position 1.
 */
public final class RopeIndex {
  private final int columns;
  private final long[][] positions;
  private final long[] deltas;

  private RopeIndex(int rows, int columns) {
    this.columns = columns;
    this.positions = new long[3][rows * columns];
    this.deltas = new long[rows];
  }

  /** Positions of an axis (0 time, 1 row, 2 column), {@code [B*S]} row-major. */
  public long[] axis(int axis) {
    return positions[axis].clone();
  }

  long position(int axis, int cell) {
    return positions[axis][cell];
  }

  /**
   * Per row: one more than the largest position of a real token, minus the padded length. The token
   * that is generated at column c has position {@code c + delta}.
   */
  public long[] deltas() {
    return deltas.clone();
  }

  /**
   * Computes the positions of a batch.
   *
   * @param rows sequences B
   * @param columns padded length S
   * @param ids {@code [B*S]} token ids
   * @param mask {@code [B*S]} 1 for a real token
   * @param media grids of pictures and videos in batch order
   */
  public static RopeIndex of(int rows, int columns, long[] ids, long[] mask, Media media) {
    return of(
        new HostBatch(
            rows, columns, ids, mask, ids, new float[0], List.of(), List.of(), Optional.empty()),
        media);
  }

  /**
   * Computes the positions of a batch. In a packed row they begin with 0 in each record, and its
   * padding has position 0 where it has attention.
   *
   * @param batch ids, attention and records; its grids are not looked at
   * @param media grids of pictures and videos in batch order
   */
  public static RopeIndex of(HostBatch batch, Media media) {
    RopeIndex index = new RopeIndex(batch.rows(), batch.columns());
    Cursor cursor = new Cursor(media.imageGrids().iterator(), media.videoGrids().iterator(), media);
    for (int row = 0; row < batch.rows(); row++) {
      index.fillRow(row, batch, cursor);
    }
    return index;
  }

  /** Grids that are still to come, and what their placeholders look like. */
  private record Cursor(Iterator<Grid> images, Iterator<Grid> videos, Media media) {}

  /**
   * Pictures and videos of a batch.
   *
   * @param imageGrids grids of the pictures in batch order
   * @param videoGrids grids of the videos in batch order
   * @param tokens placeholder ids
   * @param merge side of the block of patches that one token stands for
   */
  public record Media(
      List<Grid> imageGrids, List<Grid> videoGrids, Qwen2VlTokens tokens, int merge) {
    public Media {
      imageGrids = List.copyOf(imageGrids);
      videoGrids = List.copyOf(videoGrids);
    }
  }

  private void fillRow(int row, HostBatch batch, Cursor cursor) {
    long[] ids = batch.inputIds();
    long[] mask = batch.attentionMask();
    Optional<long[]> segments = batch.segments().map(RowSegments::numbers);
    int first = row * columns;
    int[] real = new int[columns];
    int count = 0;
    for (int column = 0; column < columns; column++) {
      for (long[] axis : positions) {
        axis[first + column] = 1;
      }
      if (mask[first + column] == 1) {
        real[count++] = first + column;
      }
    }
    real = Arrays.copyOf(real, count);
    Qwen2VlTokens tokens = cursor.media.tokens();
    long next = 0;
    long segment = 0;
    int at = 0;
    while (at < count) {
      if (segments.isPresent() && segments.get()[real[at]] != segment) {
        segment = segments.get()[real[at]];
        next = 0;
      }
      long id = ids[real[at]];
      boolean image = id == tokens.image();
      boolean introduced = at > 0 && ids[real[at - 1]] == tokens.visionStart();
      if (introduced && (image || id == tokens.video())) {
        Iterator<Grid> grids = image ? cursor.images : cursor.videos;
        if (!grids.hasNext()) {
          throw new ModelException(
              ModelException.Kind.BATCH,
              "Cannot place a picture or video at row "
                  + row
                  + ", column "
                  + (real[at] - first)
                  + ": the batch has fewer grids than placeholder runs");
        }
        Grid grid = grids.next();
        next = placeGrid(real, at, next, grid, cursor.media.merge());
        at += grid.tokens(cursor.media.merge());
      } else {
        for (long[] axis : positions) {
          axis[real[at]] = next;
        }
        // The padding of a packed row stays at 0.
        next += segments.isPresent() && segment == 0 ? 0 : 1;
        at++;
      }
    }
    deltas[row] = next - columns;
  }

  /** Writes the positions of one grid; returns the first position behind it. */
  private long placeGrid(int[] real, int start, long base, Grid grid, int merge) {
    int height = grid.h() / merge;
    int width = grid.w() / merge;
    int token = start;
    if (start + grid.tokens(merge) > real.length) {
      throw new ModelException(
          ModelException.Kind.BATCH,
          "Cannot place grid "
              + grid
              + ": it needs "
              + grid.tokens(merge)
              + " tokens, the row ends after "
              + (real.length - start));
    }
    for (int t = 0; t < grid.t(); t++) {
      for (int h = 0; h < height; h++) {
        for (int w = 0; w < width; w++) {
          int cell = real[token++];
          positions[0][cell] = base + t;
          positions[1][cell] = base + h;
          positions[2][cell] = base + w;
        }
      }
    }
    return base + Math.max(grid.t(), Math.max(height, width));
  }
}
