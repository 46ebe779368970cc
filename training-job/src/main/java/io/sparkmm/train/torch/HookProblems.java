package io.sparkmm.train.torch;

/**
 * What a callback of a backward pass threw. Native code hands on its text only: the pass ends with
 * an exception that has neither its type nor its cause.
 */
public final class HookProblems {
  private static final ThreadLocal<Throwable> FIRST = new ThreadLocal<>();

  private HookProblems() {}

  /** To be called by a callback that is about to throw; the first one of a pass counts. */
  public static void remember(Throwable problem) {
    if (FIRST.get() == null) {
      FIRST.set(problem);
    }
  }

  /**
   * Runs a backward pass on this thread; throws what a callback threw rather than its native
   * translation.
   */
  public static void surface(Runnable backward) {
    FIRST.remove();
    try {
      backward.run();
    } catch (RuntimeException translated) {
      Throwable original = FIRST.get();
      if (original instanceof RuntimeException problem) {
        throw problem;
      }
      if (original instanceof Error problem) {
        throw problem;
      }
      throw translated;
    } finally {
      FIRST.remove();
    }
  }
}
