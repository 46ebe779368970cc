package io.sparkmm.convert.view;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Copies a band of a box from a buffer with the distances of the file to those of the target. */
final class Spread {

  /**
   * Side of the squares in which transposed elements are copied, so that both sides stay cached.
   */
  private static final int TILE = 32;

  private final ByteBuffer from;
  private final ByteBuffer to;
  private final Box box;
  private final int first;
  private final boolean run;

  /** The dimension with the nearest neighbours in the target, where there is no run. */
  private final int near;

  /**
   * @param from holds the band from its position 0 on
   * @param first the dimension along which the band was cut
   */
  Spread(ByteBuffer from, ByteBuffer to, Box box, int first) {
    this.from = from.order(ByteOrder.nativeOrder());
    this.to = to.order(ByteOrder.nativeOrder());
    this.box = box;
    this.first = first;
    this.run = box.endsInRun();
    int nearest = first;
    for (int dim = first; dim < box.rank(); dim++) {
      if (box.targetStride()[dim] < box.targetStride()[nearest]) {
        nearest = dim;
      }
    }
    this.near = nearest;
  }

  /**
   * Copies {@code count} indices of the first dimension.
   *
   * @param target offset of the first element in the target
   */
  void copy(long count, int target) {
    copy(first, (int) count, 0, target);
  }

  private void copy(int dim, int count, int source, int target) {
    int last = box.rank() - 1;
    if (run && dim == last) {
      to.put(target, from, source, count * box.elementBytes());
    } else if (!run && dim == last) {
      // Reached only when the nearest dimension is the last one: all others were looped over.
      line(count, source, target);
    } else if (!run && dim == near) {
      tiles(count, source, target);
    } else {
      int sourceStep = (int) box.sourceStride()[dim];
      int targetStep = (int) box.targetStride()[dim];
      int inner = (int) box.extent()[dim + 1];
      for (int i = 0; i < count; i++) {
        copy(dim + 1, inner, source + i * sourceStep, target + i * targetStep);
      }
    }
  }

  private void line(int count, int source, int target) {
    int last = box.rank() - 1;
    int sourceStep = (int) box.sourceStride()[last];
    int targetStep = (int) box.targetStride()[last];
    for (int i = 0; i < count; i++) {
      element(source + i * sourceStep, target + i * targetStep);
    }
  }

  /**
   * Exchanges the nearest dimension of the target with the last one, the nearest of the source; all
   * dimensions between them are looped over outside.
   */
  private void tiles(int count, int source, int target) {
    between(near + 1, count, source, target);
  }

  private void between(int dim, int count, int source, int target) {
    int last = box.rank() - 1;
    if (dim == last) {
      square(count, (int) box.extent()[last], source, target);
      return;
    }
    for (int i = 0; i < box.extent()[dim]; i++) {
      between(
          dim + 1,
          count,
          source + i * (int) box.sourceStride()[dim],
          target + i * (int) box.targetStride()[dim]);
    }
  }

  private void square(int rows, int columns, int source, int target) {
    int last = box.rank() - 1;
    int sourceRow = (int) box.sourceStride()[near];
    int sourceColumn = (int) box.sourceStride()[last];
    int targetRow = (int) box.targetStride()[near];
    int targetColumn = (int) box.targetStride()[last];
    for (int row = 0; row < rows; row += TILE) {
      int rowEnd = Math.min(rows, row + TILE);
      for (int column = 0; column < columns; column += TILE) {
        int columnEnd = Math.min(columns, column + TILE);
        for (int c = column; c < columnEnd; c++) {
          int s = source + row * sourceRow + c * sourceColumn;
          int t = target + row * targetRow + c * targetColumn;
          for (int r = row; r < rowEnd; r++) {
            element(s, t);
            s += sourceRow;
            t += targetRow;
          }
        }
      }
    }
  }

  private void element(int source, int target) {
    switch (box.elementBytes()) {
      case 1 -> to.put(target, from.get(source));
      case 2 -> to.putShort(target, from.getShort(source));
      case 4 -> to.putInt(target, from.getInt(source));
      case 8 -> to.putLong(target, from.getLong(source));
      default ->
          throw new IllegalStateException(
              "Cannot copy elements of " + box.elementBytes() + " bytes");
    }
  }
}
