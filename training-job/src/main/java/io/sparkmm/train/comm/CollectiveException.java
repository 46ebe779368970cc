package io.sparkmm.train.comm;

/**
 * A collective operation failed: a peer is gone, it did not answer in time, or the ranks do
 * different things.
 */
public final class CollectiveException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean portTaken;

  /** Makes an exception that says what was done, on which rank, and what went wrong. */
  public CollectiveException(String message, Throwable cause) {
    this(message, cause, false);
  }

  private CollectiveException(String message, Throwable cause, boolean portTaken) {
    super(message, cause);
    this.portTaken = portTaken;
  }

  /** Makes the exception of a rank 0 that cannot listen because another program does. */
  public static CollectiveException portTaken(String host, int port, Throwable cause) {
    return new CollectiveException(
        String.format(
            "Cannot listen on %s:%2$d: another program uses port %2$d; choose another port or end"
                + " that program",
            host, port),
        cause,
        true);
  }

  /** Makes the exception of a worker that cannot meet the others. */
  public static CollectiveException noMeeting(
      CollectivesSettings settings, String reason, Throwable cause) {
    return new CollectiveException(
        String.format(
            "Cannot meet %d workers at %s:%d as rank %d within %d ms: %s",
            settings.size(),
            settings.host(),
            settings.port(),
            settings.rank(),
            settings.timeout().toMillis(),
            reason),
        cause);
  }

  /** Whether another program has the port that rank 0 wanted to listen on. */
  public boolean portTaken() {
    return portTaken;
  }

  /** Makes an exception without a cause of its own. */
  public CollectiveException(String message) {
    this(message, null, false);
  }
}
