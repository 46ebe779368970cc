package io.sparkmm.train.input;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A collated micro-batch in host memory: plain arrays, so that another thread can make it.
 *
 * @param rows sequences B
 * @param columns padded length S
 * @param inputIds {@code [B*S]} token ids, row-major
 * @param attentionMask {@code [B*S]} 1 for a real token, 0 for padding
 * @param labels {@code [B*S]} target ids, {@code -100} where not supervised; not shifted
 * @param pixelValues {@code [N*C*T*P*P]} patches of all pictures, rows in batch order
 * @param imageGrids per picture {@code (t, h, w)} in patches before merging
 * @param sampleIds names of the rows' samples, for messages
 * @param segments the records of packed rows, empty if each row is one record
 * @param window targets of the accumulation window; known behind {@link LookAheadBatches} only
 */
public record HostBatch(
    int rows,
    int columns,
    long[] inputIds,
    long[] attentionMask,
    long[] labels,
    float[] pixelValues,
    List<int[]> imageGrids,
    List<String> sampleIds,
    Optional<RowSegments> segments,
    Optional<WindowTargets> window) {
  public HostBatch {
    long cells = (long) rows * columns;
    if (inputIds.length != cells || attentionMask.length != cells || labels.length != cells) {
      throw new IllegalArgumentException(
          "Cannot make a batch of "
              + rows
              + "x"
              + columns
              + ": arrays have "
              + inputIds.length
              + ", "
              + attentionMask.length
              + ", "
              + labels.length
              + " elements");
    }
    if (segments.isPresent() && segments.get().numbers().length != cells) {
      throw new IllegalArgumentException(
          "Cannot make a batch of "
              + rows
              + "x"
              + columns
              + ": segment numbers are "
              + segments.get().numbers().length);
    }
    imageGrids = List.copyOf(imageGrids);
    sampleIds = List.copyOf(sampleIds);
  }

  /** A batch in which each row is one record. */
  public HostBatch(
      int rows,
      int columns,
      long[] inputIds,
      long[] attentionMask,
      long[] labels,
      float[] pixelValues,
      List<int[]> imageGrids,
      List<String> sampleIds) {
    this(
        rows,
        columns,
        inputIds,
        attentionMask,
        labels,
        pixelValues,
        imageGrids,
        sampleIds,
        Optional.empty());
  }

  /** A batch of which nobody has counted the window. */
  public HostBatch(
      int rows,
      int columns,
      long[] inputIds,
      long[] attentionMask,
      long[] labels,
      float[] pixelValues,
      List<int[]> imageGrids,
      List<String> sampleIds,
      Optional<RowSegments> segments) {
    this(
        rows,
        columns,
        inputIds,
        attentionMask,
        labels,
        pixelValues,
        imageGrids,
        sampleIds,
        segments,
        Optional.empty());
  }

  /** The same batch as part of a window. */
  HostBatch inWindow(WindowTargets counted) {
    return new HostBatch(
        rows,
        columns,
        inputIds,
        attentionMask,
        labels,
        pixelValues,
        imageGrids,
        sampleIds,
        segments,
        Optional.of(counted));
  }

  /** Bytes of the arrays. */
  public long bytes() {
    long cells = (long) rows * columns;
    return Long.BYTES * cells * (segments.isPresent() ? 4 : 3)
        + (long) Float.BYTES * pixelValues.length;
  }

  /** Number of targets: supervised labels at positions 1 and later of each row. */
  public int targetCount() {
    return Arrays.stream(rowTargetCounts()).sum();
  }

  /** Number of targets of each row. */
  public int[] rowTargetCounts() {
    int[] counts = new int[rows];
    for (int row = 0; row < rows; row++) {
      for (int column = 1; column < columns; column++) {
        if (labels[row * columns + column] >= 0) {
          counts[row]++;
        }
      }
    }
    return counts;
  }
}
