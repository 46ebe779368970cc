package io.sparkmm.train.profile;

import java.io.Serializable;
import java.util.Objects;

/**
 * What a trace holds and where it goes.
 *
 * @param folder where files are written, on the worker
 * @param depth how much of the model is recorded
 * @param memory whether the memory is recorded at the end of each phase
 * @param shapes whether the shapes of modules' inputs and outputs are recorded
 * @param stacks whether the Java stack of each module's call is recorded
 * @param analyse whether a table of sums is written besides the trace
 */
public record TraceSettings(
    String folder, Depth depth, boolean memory, boolean shapes, boolean stacks, boolean analyse)
    implements Serializable {
  /** How much of the model is recorded. */
  public enum Depth {
    /** Iterations and their phases. */
    PHASES,
    /** Modules, too, down to the elements of lists of modules. */
    BLOCKS,
    /** Every module. */
    MODULES
  }

  public TraceSettings {
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(depth, "depth");
  }
}
