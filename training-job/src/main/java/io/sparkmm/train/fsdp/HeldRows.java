package io.sparkmm.train.fsdp;

/**
 * The part of a parameter that a rank stores: rows along dimension 0.
 *
 * @param first first row; the number of all rows where the rank has none
 * @param count rows
 * @param keeper whether this rank is the one of those with the same rows that stores them outside
 *     of memory
 */
public record HeldRows(long first, long count, boolean keeper) {
  public HeldRows {
    if (first < 0 || count < 0) {
      throw new IllegalArgumentException("Cannot hold " + count + " rows from row " + first);
    }
  }

  /** All rows of a parameter of some shape; a scalar counts as one row. */
  public static HeldRows all(long[] shape, boolean keeper) {
    return new HeldRows(0, shape.length == 0 ? 1 : shape[0], keeper);
  }
}
