package io.sparkmm.train.fault;

/** Thrown by a worker because its fault plan says so. */
public final class FaultException extends RuntimeException {
  /** Makes an exception that quotes the plan. */
  public FaultException(String message) {
    super(message);
  }
}
