package io.sparkmm.train.nn;

import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;

/**
 * Whether what runs on this thread will be differentiated. Grad mode does not tell it alone: the
 * first run of a recomputed module happens with grad mode off, but must give the same bits as the
 * recorded second one.
 */
public final class Recording {
  private static final ThreadLocal<Boolean> LATER = ThreadLocal.withInitial(() -> false);

  private Recording() {}

  /** Whether the computation is recorded, now or when it is run again. */
  public static boolean isOn() {
    return GradMode.is_enabled() || LATER.get();
  }

  /** Whether the computation is not recorded now, but will be when it is run again. */
  public static boolean isPostponed() {
    return !GradMode.is_enabled() && LATER.get();
  }

  /** Runs a computation that is going to be run again with recording. */
  public static <T> T postponed(Supplier<T> computation) {
    boolean before = LATER.get();
    LATER.set(true);
    try {
      return computation.get();
    } finally {
      LATER.set(before);
    }
  }
}
