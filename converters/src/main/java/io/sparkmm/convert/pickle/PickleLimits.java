package io.sparkmm.convert.pickle;

/**
 * What a reader accepts at most.
 *
 * @param maxBytes bytes of the pickle
 * @param maxValues values that the pickle makes or remembers, each of which takes some 100 bytes of
 *     memory
 */
public record PickleLimits(long maxBytes, long maxValues) {

  private static final long MAX_BYTES = 128L << 20;
  private static final long BYTES_PER_VALUE = 200;

  /**
   * @throws IllegalArgumentException when a limit is negative
   */
  public PickleLimits {
    if (maxBytes < 0 || maxValues < 0) {
      throw new IllegalArgumentException(
          "Cannot limit a pickle to " + maxBytes + " bytes and " + maxValues + " values");
    }
  }

  /** 128 MiB, or less where the heap of this JVM is too small for that and for the values. */
  public static PickleLimits ofThisJvm() {
    long heap = Runtime.getRuntime().maxMemory();
    return new PickleLimits(Math.min(MAX_BYTES, heap / 8), heap / BYTES_PER_VALUE);
  }
}
