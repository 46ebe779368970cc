package io.sparkmm.train.comm.shared;

import java.util.List;

/** Broadcast: the root gives, the others take. */
final class BroadcastTransfer extends Transfer {
  private final int root;
  private final long tensor;
  private final Chunks whole;
  private final List<Lane> lanes;

  /**
   * @param tensor address of the tensor
   */
  BroadcastTransfer(Operation operation, Segment segment, long tensor, int root) {
    super(operation);
    this.root = root;
    this.tensor = tensor;
    whole = new Chunks(operation.bytes(), segment.layout().slotBytes());
    lanes =
        segment.rank() == root ? List.of() : List.of(new Lane(new int[] {root}, whole.count(), 1));
  }

  @Override
  long slots(int writer) {
    return writer == root ? whole.count() : 0;
  }

  @Override
  void give(long index, long slot) {
    Bytes.copy(slot, tensor + whole.start(index), whole.length(index));
  }

  @Override
  List<Lane> lanes() {
    return lanes;
  }

  @Override
  void take(Lane lane, long step, long[] slots) {
    Bytes.copy(tensor + whole.start(step), slots[0], whole.length(step));
  }
}
