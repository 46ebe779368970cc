package io.sparkmm.data.inspect;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts whole numbers from 0 on in cells of one width. The width starts with 1 and doubles when
 * the numbers outgrow the cells, so the memory is fixed and every count is exact. Not thread-safe.
 */
public final class Histogram {
  private static final int CELLS = 8192;

  /** A range is cut off at this multiple of what nearly all numbers stay below. */
  private static final double TAIL = 2.5;

  private final long[] cells = new long[CELLS];
  private int shift;
  private long count;
  private double sum;
  private long min = Long.MAX_VALUE;
  private long max;

  /**
   * A range of numbers.
   *
   * @param from smallest number
   * @param to largest number
   * @param count how many there are
   */
  public record Bin(long from, long to, long count) {}

  /** Counts a number. */
  public void add(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("Cannot count " + value + ": it is negative");
    }
    while (value >> shift >= CELLS) {
      for (int i = 0; i < CELLS / 2; i++) {
        cells[i] = cells[2 * i] + cells[2 * i + 1];
      }
      java.util.Arrays.fill(cells, CELLS / 2, CELLS, 0);
      shift++;
    }
    cells[(int) (value >> shift)]++;
    count++;
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }

  /** How many numbers were counted. */
  public long count() {
    return count;
  }

  /** The sum of all numbers. */
  public double sum() {
    return sum;
  }

  /** The mean, 0 without numbers. */
  public double mean() {
    return count == 0 ? 0 : sum / count;
  }

  /** The smallest number, 0 without numbers. */
  public long min() {
    return count == 0 ? 0 : min;
  }

  /** The largest number, 0 without numbers. */
  public long max() {
    return max;
  }

  /**
   * The number that a share of all numbers does not exceed, rounded up to the end of its cell; 0
   * without numbers.
   *
   * @param share from 0 to 1
   */
  public long quantile(double share) {
    long wanted = (long) Math.ceil(share * count);
    long seen = 0;
    for (int i = 0; i < CELLS; i++) {
      seen += cells[i];
      if (seen > 0 && seen >= wanted) {
        return Math.min(max, ((i + 1L) << shift) - 1);
      }
    }
    return max();
  }

  /**
   * The counts in ranges of one width, which is a power of two. When a few numbers are far above
   * the others, the last range holds all of them and is wider.
   *
   * @param most largest number of ranges, at least 2
   */
  public List<Bin> bins(int most) {
    if (count == 0) {
      return List.of();
    }
    long usual = quantile(0.99);
    boolean tail = max - min > TAIL * (usual - min + 1);
    long last = tail ? usual : max;
    int width = shift;
    while ((last >> width) - (min >> width) + (tail ? 2 : 1) > most) {
      width++;
    }
    List<Bin> bins = new ArrayList<>();
    for (long bin = min >> width; bin <= last >> width; bin++) {
      long from = bin << width;
      bins.add(new Bin(from, from + (1L << width) - 1, inside(from, from + (1L << width))));
    }
    if (tail) {
      long from = ((last >> width) + 1) << width;
      bins.add(new Bin(from, max, inside(from, Math.max(max, from) + 1)));
    }
    return bins;
  }

  /** Numbers in a range whose bounds are bounds of cells, or lie behind the largest number. */
  private long inside(long from, long end) {
    long total = 0;
    for (long cell = from >> shift; cell < Math.min(CELLS, (end - 1 >> shift) + 1); cell++) {
      total += cells[(int) cell];
    }
    return total;
  }
}
