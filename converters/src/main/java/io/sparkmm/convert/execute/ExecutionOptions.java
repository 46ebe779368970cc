package io.sparkmm.convert.execute;

/**
 * How to execute a plan.
 *
 * @param threads threads that copy, 1 to {@value #MOST_THREADS}
 * @param overwrite whether an existing result is replaced, at the very end
 * @param listener follows the execution
 */
public record ExecutionOptions(int threads, boolean overwrite, ConversionListener listener) {

  /** More threads than this do not make a disk faster. */
  public static final int MOST_THREADS = 32;

  private static final int DEFAULT_MOST_THREADS = 16;

  /**
   * @throws IllegalArgumentException when the number of threads is out of range
   */
  public ExecutionOptions {
    if (threads < 1 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "Cannot copy with " + threads + " threads: it must be 1 to " + MOST_THREADS);
    }
  }

  /** One thread per processor up to 16, no overwriting, nobody listening. */
  public static ExecutionOptions defaults() {
    int processors = Runtime.getRuntime().availableProcessors();
    return new ExecutionOptions(
        Math.min(processors, DEFAULT_MOST_THREADS), false, ConversionListener.NONE);
  }

  /** With another number of threads. */
  public ExecutionOptions withThreads(int number) {
    return new ExecutionOptions(number, overwrite, listener);
  }

  /** With or without replacing an existing result. */
  public ExecutionOptions withOverwrite(boolean replace) {
    return new ExecutionOptions(threads, replace, listener);
  }

  /** With somebody listening. */
  public ExecutionOptions withListener(ConversionListener other) {
    return new ExecutionOptions(threads, overwrite, other);
  }
}
