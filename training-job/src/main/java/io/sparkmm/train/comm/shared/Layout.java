package io.sparkmm.train.comm.shared;

/**
 * What lies where in the memory that the ranks of a group share: a page about the whole, a block of
 * control words for each rank, and for each rank a ring of slots through which it gives bytes to
 * the others. Words that different ranks write never share a cache line.
 *
 * @param ranks number of ranks
 * @param slots slots of a ring
 * @param slotBytes bytes of a slot
 */
record Layout(int ranks, int slots, int slotBytes) {
  /** Changes with the meaning of any byte. */
  static final int VERSION = 1;

  private static final int PAGE = 4096;
  private static final int LINE = 64;
  private static final int LARGEST_SLOT = 256 << 10;
  private static final int FEWEST_SLOTS = 4;
  private static final int STAMP_BYTES = 32;

  private static final int STATE = LINE;
  private static final int BELL = 2 * LINE;
  private static final int SLEEPING = 3 * LINE;
  private static final int TAKEN = 4 * LINE;

  /**
   * The layout for a number of ranks.
   *
   * @param ringBytes most bytes of a rank's ring
   * @param groupBytes most bytes of all rings, but a rank has at least a page
   */
  static Layout of(int ranks, long ringBytes, long groupBytes) {
    long ring = Math.max(PAGE, Math.min(ringBytes, groupBytes / ranks));
    int slot = (int) Math.min(LARGEST_SLOT, ring / FEWEST_SLOTS / LINE * LINE);
    return new Layout(ranks, Math.toIntExact(ring / slot), slot);
  }

  /** Where the nonce stands. */
  int nonce() {
    return 0;
  }

  /** Where a rank's count of filled slots stands. */
  int written(int rank) {
    return block(rank);
  }

  /** Where it stands whether a rank is still there. */
  int state(int rank) {
    return block(rank) + STATE;
  }

  /** Where the int stands on which a rank sleeps. */
  int bell(int rank) {
    return block(rank) + BELL;
  }

  /** Where it stands whether somebody sleeps on a rank's bell. */
  int sleeping(int rank) {
    return block(rank) + SLEEPING;
  }

  /** Where it stands how many slots of {@code writer} the {@code reader} does not need any more. */
  int taken(int reader, int writer) {
    return block(reader) + TAKEN + LINE * writer;
  }

  /** Where it stands what a slot holds. */
  int stamp(int rank, long sequence) {
    return block(rank) + TAKEN + LINE * ranks + STAMP_BYTES * (int) (sequence % slots);
  }

  /** Where a slot begins. */
  long slot(int rank, long sequence) {
    return controlBytes() + ((long) rank * slots + sequence % slots) * slotBytes;
  }

  /** Bytes before the first slot. */
  int controlBytes() {
    return block(ranks);
  }

  long bytes() {
    return controlBytes() + (long) ranks * slots * slotBytes;
  }

  private int block(int rank) {
    int used = TAKEN + LINE * ranks + STAMP_BYTES * slots;
    return PAGE + rank * ((used + PAGE - 1) / PAGE * PAGE);
  }
}
