package io.sparkmm.train.comm;

import java.util.Objects;

/**
 * A way for workers to exchange tensors, found through {@link java.util.ServiceLoader}. To add one:
 * implement this interface and {@link Collectives}, and name the class in {@code
 * META-INF/services/io.sparkmm.train.comm.CollectivesProvider}.
 */
public interface CollectivesProvider {
  /** Name in settings and logs, lower case. */
  String name();

  /** Among the available providers that fit, the one with the highest priority is the default. */
  int priority();

  /** Whether the provider can work on this machine, and why. Must not throw. */
  Availability availability();

  /**
   * Joins a group. Blocks until all its workers have joined.
   *
   * @throws CollectiveException if the group does not come together within the timeout, or rank 0
   *     cannot listen on the port
   */
  Collectives create(CollectivesSettings settings);

  /**
   * Whether a provider can work here.
   *
   * @param available true if it can
   * @param reason one sentence: what was found, or what is missing
   */
  record Availability(boolean available, String reason) {
    public Availability {
      Objects.requireNonNull(reason, "reason");
    }
  }
}
