package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;

/**
 * Something that all ranks exchange at the same place of the sequence of a pass. Its memory, given
 * by {@link Exchanges}, is its own from the start until its results are taken.
 */
interface Exchange {
  /** Stands for the exchange and its sizes, and for what this rank has to give. */
  long fingerprint();

  /** The exchange in words, for the message when ranks differ. */
  String describe();

  /** Bytes of memory that the exchange needs. */
  long scratchBytes();

  /**
   * Fills the memory and starts the exchange.
   *
   * @param empty whether to take part without data and with the flag raised, because this rank
   *     wants something else
   */
  Collectives.Pending start(Scratch memory, boolean empty);

  /** Whether some rank had raised the flag; the exchange is over. */
  boolean flagged(Scratch memory);

  /** Takes the results out of the memory. */
  void take(Scratch memory);
}
