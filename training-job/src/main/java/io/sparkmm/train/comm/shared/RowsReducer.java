package io.sparkmm.train.comm.shared;

import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.comm.ScatterBuffers;
import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Collects the parts of all ranks, one row each, before it reduces them: at every piece, or once
 * after the last one.
 */
final class RowsReducer implements ScatterTransfer.Reducer {
  /**
   * Sizes.
   *
   * @param output address of the result
   * @param outputBytes bytes of the result
   * @param rowBytes bytes of a row: of the result, or of the largest piece
   * @param count number of rows
   */
  record Rows(long output, long outputBytes, long rowBytes, int count) {}

  private final ScatterBuffers buffers;
  private final Rows rows;
  private final ScalarType type;
  private final Reduction reduction;
  private final ScatterBuffers.Buffer buffer;

  RowsReducer(ScatterBuffers buffers, Rows rows, ScalarType type, Reduction reduction) {
    this.buffers = buffers;
    this.rows = rows;
    this.type = type;
    this.reduction = reduction;
    buffer = buffers.take(rows.rowBytes() * rows.count());
  }

  @Override
  public void reduce(long offset, long bytes, long[] parts) {
    boolean whole = rows.rowBytes() == rows.outputBytes();
    long stride = whole ? rows.rowBytes() : bytes;
    long place = whole ? offset : 0;
    for (int row = 0; row < parts.length; row++) {
      Bytes.copy(buffer.address() + row * stride + place, parts[row], bytes);
    }
    if (!whole) {
      add(rows.output() + offset, bytes);
    }
  }

  @Override
  public void end() {
    if (rows.rowBytes() == rows.outputBytes()) {
      add(rows.output(), rows.outputBytes());
    }
    buffers.give(buffer);
  }

  private void add(long output, long bytes) {
    long elements = bytes / torch.elementSize(type);
    try (TensorScope scope = TensorScope.open()) {
      Tensor received = Bytes.tensor(buffer.address(), rows.count() * elements, type);
      ScatterBuffers.reduce(
          Bytes.tensor(output, elements, type), received, reduction, rows.count());
    }
  }
}
