package io.sparkmm.train.comm.shared;

/** Memory cannot be shared, or whoever shares it is lost. */
public final class SharedMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SharedMemoryException(String message) {
    super(message);
  }
}
