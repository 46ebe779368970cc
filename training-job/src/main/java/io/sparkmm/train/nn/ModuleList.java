package io.sparkmm.train.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Modules of one kind under the names 0, 1, 2, ...
 *
 * @param <M> type of the elements
 */
public final class ModuleList<M extends Module> extends Module {
  private final List<M> elements = new ArrayList<>();

  /** Makes {@code count} elements with a factory. */
  public ModuleList(int count, IntFunction<M> factory) {
    for (int i = 0; i < count; i++) {
      elements.add(child(Integer.toString(i), factory.apply(i)));
    }
  }

  @Override
  public boolean isList() {
    return true;
  }

  /** The elements in order. */
  public List<M> elements() {
    return Collections.unmodifiableList(elements);
  }
}
