package io.sparkmm.convert.pickle;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/** Python's {@code set} or {@code frozenset} in the order of the pickle; equal only to itself. */
public final class PickleSet {

  private final Set<Object> items = new LinkedHashSet<>();
  private final boolean frozen;

  PickleSet(boolean frozen) {
    this.frozen = frozen;
  }

  /** A {@code set} of these items. */
  public static PickleSet of(Collection<?> items) {
    PickleSet set = new PickleSet(false);
    items.forEach(set::add);
    return set;
  }

  void add(Object item) {
    items.add(item);
  }

  /** Whether it is a {@code frozenset}. */
  public boolean isFrozen() {
    return frozen;
  }

  /** The items, read-only. */
  public Set<Object> items() {
    return Collections.unmodifiableSet(items);
  }

  @Override
  public String toString() {
    return (frozen ? "a frozenset of " : "a set of ") + items.size();
  }
}
