package io.sparkmm.train.comm.shared;

import java.util.List;

/**
 * Reduce-scatter: every rank gives each other rank that one's part, a slot to each in turn, and
 * reduces its own.
 */
final class ScatterTransfer extends Transfer {
  /** What a rank does with its part of all ranks' input. */
  interface Reducer {
    /**
     * Reduces a piece.
     *
     * @param offset first byte of the piece in the part
     * @param parts addresses of the piece of every rank, in rank order; good during the call only
     */
    void reduce(long offset, long bytes, long[] parts);

    /** Is called after the last piece. */
    default void end() {}
  }

  private final int rank;
  private final int ranks;
  private final long input;
  private final Reducer reducer;
  private final Chunks part;
  private final List<Lane> lanes;

  /**
   * @param input address of one part for each rank
   */
  ScatterTransfer(Operation operation, Segment segment, long input, Reducer reducer) {
    super(operation);
    rank = segment.rank();
    ranks = segment.layout().ranks();
    this.input = input;
    this.reducer = reducer;
    part = new Chunks(operation.bytes() / ranks, segment.layout().slotBytes());
    lanes = List.of(new Lane(segment.others(), part.count(), ranks - 1));
  }

  @Override
  long slots(int writer) {
    return part.count() * (ranks - 1);
  }

  @Override
  void give(long index, long slot) {
    long chunk = index / (ranks - 1);
    int turn = (int) (index % (ranks - 1));
    int reader = turn < rank ? turn : turn + 1;
    Bytes.copy(slot, place(reader, chunk), part.length(chunk));
  }

  @Override
  List<Lane> lanes() {
    return lanes;
  }

  @Override
  long first(int writer) {
    return rank < writer ? rank : rank - 1L;
  }

  @Override
  void take(Lane lane, long step, long[] slots) {
    long[] parts = Sums.inRankOrder(place(rank, step), slots, rank);
    reducer.reduce(part.start(step), part.length(step), parts);
    if (step + 1 == part.count()) {
      reducer.end();
    }
  }

  private long place(int owner, long chunk) {
    return input + owner * part.bytes() + part.start(chunk);
  }
}
