package io.sparkmm.train.fsdp;

/**
 * How many wrapped modules ahead weights are gathered, while the one before them still computes. It
 * changes when weights are exchanged, and never a number.
 *
 * @param forward following modules, in the order in which they are defined, whose gathers start
 *     when a module's forward computation starts; 0 for none
 * @param backward preceding modules in that order whose gathers start when a module's backward
 *     computation starts; 0 for the one that ran before it in this pass
 */
public record Prefetch(int forward, int backward) {
  /** Nothing ahead in forward, one module ahead in backward. */
  public static final Prefetch DEFAULT = new Prefetch(0, 1);

  public Prefetch {
    if (forward < 0 || backward < 0) {
      throw new IllegalArgumentException(
          "Cannot gather ahead: " + forward + " and " + backward + " modules; must be 0 or more");
    }
  }

  /** Most gathers that can be under way at a time. */
  int depth() {
    return Math.max(1, Math.max(forward, backward));
  }
}
