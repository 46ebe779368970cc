package io.sparkmm.convert.lora;

import java.util.Arrays;

/**
 * Adds rows of a product of two thin matrices to rows of a weight, in {@code float} and in a fixed
 * order of operations: for each element the products {@code b[k] * a[k]} are added one after the
 * other from {@code k = 0}, each by one fused multiply-add, to a sum that starts at 0; the sum
 * times the scale is rounded and then added to the weight. Not safe for use by several threads.
 */
final class LowRankSum {

  private static final int BLOCK = 2048;

  private final float[] a;
  private final int rank;
  private final int columns;
  private final float scale;
  private final float[] sums = new float[BLOCK];

  /**
   * @param a row-major [rank, columns]
   * @param rank more than 0
   * @param scale factor of the product
   */
  LowRankSum(float[] a, int rank, float scale) {
    this.a = a;
    this.rank = rank;
    this.columns = a.length / rank;
    this.scale = scale;
  }

  /**
   * Adds one row.
   *
   * @param row the row of the weight in its first {@code columns} elements; changed in place
   * @param b holds from {@code bAt} on the {@code rank} elements of the row of B
   */
  void addTo(float[] row, float[] b, int bAt) {
    for (int from = 0; from < columns; from += BLOCK) {
      int count = Math.min(BLOCK, columns - from);
      Arrays.fill(sums, 0, count, 0f);
      int k = 0;
      for (; k + 4 <= rank; k += 4) {
        addFour(b, bAt + k, k * columns + from, count);
      }
      for (; k < rank; k++) {
        addOne(b[bAt + k], k * columns + from, count);
      }
      addSums(row, from, count);
    }
  }

  /** Four steps at a time save loads and stores of the sums; the order stays. */
  private void addFour(float[] b, int bAt, int at, int count) {
    float[] left = a;
    float[] sum = sums;
    float b0 = b[bAt];
    float b1 = b[bAt + 1];
    float b2 = b[bAt + 2];
    float b3 = b[bAt + 3];
    int at1 = at + columns;
    int at2 = at1 + columns;
    int at3 = at2 + columns;
    for (int index = 0; index < count; index++) {
      float value = Math.fma(b0, left[at + index], sum[index]);
      value = Math.fma(b1, left[at1 + index], value);
      value = Math.fma(b2, left[at2 + index], value);
      sum[index] = Math.fma(b3, left[at3 + index], value);
    }
  }

  private void addOne(float factor, int at, int count) {
    float[] left = a;
    float[] sum = sums;
    for (int index = 0; index < count; index++) {
      sum[index] = Math.fma(factor, left[at + index], sum[index]);
    }
  }

  private void addSums(float[] row, int from, int count) {
    for (int index = 0; index < count; index++) {
      row[from + index] += scale * sums[index];
    }
  }
}
