package io.sparkmm.train.comm.shared;

import io.sparkmm.train.comm.Collectives.Reduction;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** All-reduce: every rank gives its tensor to all others, and all add up in rank order. */
final class ReduceTransfer extends Transfer {
  private final Segment segment;
  private final long tensor;
  private final ScalarType type;
  private final Reduction reduction;
  private final Chunks whole;
  private final List<Lane> lanes;

  /**
   * @param tensor address of the tensor
   */
  ReduceTransfer(
      Operation operation, Segment segment, long tensor, ScalarType type, Reduction reduction) {
    super(operation);
    this.segment = segment;
    this.tensor = tensor;
    this.type = type;
    this.reduction = reduction;
    whole = new Chunks(operation.bytes(), segment.layout().slotBytes());
    lanes = List.of(new Lane(segment.others(), whole.count(), 1));
  }

  @Override
  long slots(int writer) {
    return whole.count();
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
  boolean takesAfterGiving() {
    return true;
  }

  @Override
  void take(Lane lane, long step, long[] slots) {
    long own = tensor + whole.start(step);
    Sums.reduce(
        own, Sums.inRankOrder(own, slots, segment.rank()), whole.length(step), type, reduction);
  }
}
