package io.sparkmm.conf.pattern;

import java.util.List;
import java.util.OptionalInt;

/**
 * What patterns need to know of a model: its modules by dotted path, relative to the object that is
 * sharded. The path of that object itself is the empty text.
 */
public interface ModuleTree {

  /** Whether there is a module with this path. */
  boolean exists(String path);

  /**
   * Number of elements, if the module is a list whose elements are named 0, 1, 2, ...
   *
   * @return empty for a module that is no list and for a path that does not exist
   */
  OptionalInt containerSize(String path);

  /** Names of the direct children in definition order; empty for a path that does not exist. */
  List<String> children(String path);
}
