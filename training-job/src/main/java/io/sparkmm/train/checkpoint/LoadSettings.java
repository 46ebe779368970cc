package io.sparkmm.train.checkpoint;

import java.io.Serializable;
import java.util.Objects;

/**
 * What a run begins with.
 *
 * @param folder folder of the checkpoint's iteration; empty text to begin with the weights that the
 *     program makes
 * @param resumes whether the run goes on at the iteration of the checkpoint; else only weights are
 *     taken
 * @param optimizer whether a run that goes on takes the optimizer's state
 * @param rng whether a run that goes on takes the state of the random generators
 * @param downcast whether float32 weights are rounded to bfloat16
 */
public record LoadSettings(
    String folder, boolean resumes, boolean optimizer, boolean rng, boolean downcast)
    implements Serializable {
  /** Begins with the weights that the program makes. */
  public static final LoadSettings NONE = new LoadSettings("", false, false, false, false);

  public LoadSettings {
    Objects.requireNonNull(folder, "folder");
  }

  /** Goes on with everything that the checkpoint in a folder holds. */
  public static LoadSettings everything(String folder) {
    return new LoadSettings(folder, true, true, true, false);
  }
}
