package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpShard;
import io.sparkmm.train.memory.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Tensors to be stored, whose memory stays until {@link #close}, whatever becomes of the model and
 * the optimizer that they belong to.
 */
final class Snapshot implements AutoCloseable {
  private final List<DcpShard> shards;
  private final List<Tensor> held;
  private final Runnable copy;

  /**
   * Holds tensors.
   *
   * @param shards what is to be written; its content may be there only after {@link #take}
   * @param parts tensors that are read, by the copy or by the writing
   * @param copy makes the content independent of the tensors
   */
  Snapshot(List<DcpShard> shards, List<StatePart> parts, Runnable copy) {
    this.shards = List.copyOf(shards);
    this.held = parts.stream().map(StatePart::tensor).toList();
    this.copy = copy;
    held.forEach(TensorScope::keep);
  }

  /** What is to be written. */
  List<DcpShard> shards() {
    return shards;
  }

  /** Copies what has to be copied. */
  void take() {
    copy.run();
  }

  /** Lets go of the tensors; called once. */
  @Override
  public void close() {
    held.forEach(TensorScope::release);
  }
}
