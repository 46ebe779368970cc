package io.sparkmm.train.comm.shared;

import java.util.List;
import java.util.stream.IntStream;

/** All-gather: every rank gives its part to all others. */
final class GatherTransfer extends Transfer {
  private final int rank;
  private final long output;
  private final long input;
  private final Chunks part;
  private final List<Lane> lanes;

  /**
   * @param output address of the whole
   * @param input address of this rank's part
   */
  GatherTransfer(Operation operation, Segment segment, long output, long input) {
    super(operation);
    this.rank = segment.rank();
    this.output = output;
    this.input = input;
    part = new Chunks(operation.bytes(), segment.layout().slotBytes());
    lanes =
        IntStream.of(segment.others())
            .mapToObj(other -> new Lane(new int[] {other}, part.count(), 1))
            .toList();
  }

  @Override
  long slots(int writer) {
    return part.count();
  }

  @Override
  void give(long index, long slot) {
    long from = input + part.start(index);
    Bytes.copy(slot, from, part.length(index));
    // What was just read is in the processor's cache.
    Bytes.copy(place(rank, index), from, part.length(index));
  }

  @Override
  List<Lane> lanes() {
    return lanes;
  }

  @Override
  void take(Lane lane, long step, long[] slots) {
    Bytes.copy(place(lane.writers()[0], step), slots[0], part.length(step));
  }

  private long place(int writer, long index) {
    return output + writer * part.bytes() + part.start(index);
  }
}
