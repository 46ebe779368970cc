package io.sparkmm.train.comm;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Where a worker meets the other workers of its group.
 *
 * @param rank this worker's rank, counted from 0
 * @param size number of workers
 * @param host name or address at which every worker reaches rank 0
 * @param port TCP port on which rank 0 listens, free there; 1 to 65535
 * @param generation name of the attempt; workers of different attempts never meet, even on the same
 *     port
 * @param timeout longest wait for the other workers, at the meeting and in every operation
 * @param threads native threads that move data, at least 1; a backend may use more
 * @param device index of the accelerator that this worker has, among those that its process sees;
 *     empty for none, or for the only one
 */
public record CollectivesSettings(
    int rank,
    int size,
    String host,
    int port,
    String generation,
    Duration timeout,
    int threads,
    OptionalInt device) {
  public CollectivesSettings {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(generation, "generation");
    Objects.requireNonNull(timeout, "timeout");
    Objects.requireNonNull(device, "device");
    if (size < 1 || rank < 0 || rank >= size) {
      throw new IllegalArgumentException(
          "Cannot make a group: rank " + rank + " is not one of 0 to " + (size - 1));
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("Cannot make a group: port " + port + " is not 1..65535");
    }
    if (timeout.isNegative() || timeout.toMillis() == 0) {
      throw new IllegalArgumentException("Cannot make a group: timeout is " + timeout);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("Cannot make a group: threads is " + threads);
    }
  }

  /** Settings of a worker without an accelerator, or with the only one. */
  public CollectivesSettings(
      int rank, int size, String host, int port, String generation, Duration timeout, int threads) {
    this(rank, size, host, port, generation, timeout, threads, OptionalInt.empty());
  }

  /**
   * Address of {@link #host}.
   *
   * @throws CollectiveException if the name is unknown
   */
  public InetAddress address() {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException problem) {
      throw new CollectiveException("Cannot meet at " + host + ": the name is unknown", problem);
    }
  }

  /** The same place for a worker that has the accelerator of an index. */
  public CollectivesSettings withDevice(int index) {
    return new CollectivesSettings(
        rank, size, host, port, generation, timeout, threads, OptionalInt.of(index));
  }
}
