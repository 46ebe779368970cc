package io.sparkmm.train.recompute;

import io.sparkmm.train.nn.Module;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Trades computation for memory: a recomputed module keeps its inputs only, and computes what the
 * backward pass needs by running forward once more when the pass reaches it.
 *
 * <p>Sharding stays outside of it, whichever is applied first: the second run finds the module's
 * weights gathered for the backward pass, and gathers nothing itself.
 */
public final class Recompute {
  /** When a recomputed module takes part in the backward pass. */
  public enum Form {
    /**
     * If one of its inputs requires a gradient. Otherwise no gradient reaches the parameters of the
     * module, and a warning names it once.
     */
    REENTRANT,
    /** If one of its inputs requires a gradient or one of its parameters is trained. */
    NON_REENTRANT
  }

  private Recompute() {}

  /**
   * Makes modules be recomputed. They may lie inside each other; parameters must be frozen before.
   *
   * @param root of the model
   * @param modulePaths dotted paths of modules below the root
   * @param form when modules take part in the backward pass
   * @throws IllegalArgumentException if a path leads nowhere or to the root
   */
  public static void apply(Module root, List<String> modulePaths, Form form) {
    for (String path : new LinkedHashSet<>(modulePaths)) {
      Module module =
          root.find(path)
              .filter(found -> found != root)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "Cannot recompute module '"
                              + path
                              + "': the model has no module of that path below its root"));
      module.intercept(new RecomputedForward(path, form));
    }
  }
}
