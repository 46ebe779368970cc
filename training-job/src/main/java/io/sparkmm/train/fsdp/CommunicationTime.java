package io.sparkmm.train.fsdp;

/**
 * How long a rank's training thread was busy with, or waited for, the exchange of weights and
 * gradients.
 *
 * @param gatherNanos making weights whole
 * @param reduceNanos averaging gradients
 */
public record CommunicationTime(long gatherNanos, long reduceNanos) {
  /** No exchange. */
  public static final CommunicationTime NONE = new CommunicationTime(0, 0);
}
