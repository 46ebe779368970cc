package io.sparkmm.train.npu;

/** The libraries of an NPU installation cannot be used; says which, why, and what to do. */
public final class NpuLibraryException extends RuntimeException {
  /** Makes an exception with a complete message. */
  public NpuLibraryException(String message) {
    super(message);
  }
}
