package io.sparkmm.convert.pickle;

import java.util.Arrays;
import java.util.List;

/**
 * Python's {@code tuple}; equal to tuples with equal items, so that it can be a key. Tuples of more
 * than {@value #MAX_NODES} nested items are equal only to themselves, since comparing them could
 * take time that is exponential in the length of the pickle.
 */
public final class PickleTuple {

  static final int MAX_NODES = 1000;

  private static final PickleTuple EMPTY = new PickleTuple(new Object[0]);

  private final List<Object> items;
  private final int nodes;
  private final int hash;
  private final boolean hashable;

  private PickleTuple(Object[] array) {
    items = List.of(array);
    long count = 1;
    boolean allHashable = true;
    for (Object item : array) {
      count += item instanceof PickleTuple tuple ? tuple.nodes : 1;
      allHashable &= isHashable(item);
    }
    nodes = (int) Math.min(count, MAX_NODES + 1L);
    hash = Arrays.hashCode(array);
    hashable = allHashable && nodes <= MAX_NODES;
  }

  /** A tuple of these items, none of them null. */
  public static PickleTuple of(Object... items) {
    return items.length == 0 ? EMPTY : new PickleTuple(items);
  }

  /** A tuple of these items, none of them null. */
  public static PickleTuple of(List<?> items) {
    return of(items.toArray());
  }

  /** Whether a value can be a key of a dict or an item of a set. */
  static boolean isHashable(Object value) {
    if (value instanceof PickleTuple tuple) {
      return tuple.hashable;
    }
    if (value instanceof PickleSet set) {
      return set.isFrozen();
    }
    return !(value instanceof PickleList) && !(value instanceof PickleDict);
  }

  /** Number of items. */
  public int size() {
    return items.size();
  }

  /**
   * The item at an index.
   *
   * @throws IndexOutOfBoundsException when there is none
   */
  public Object get(int index) {
    return items.get(index);
  }

  /** The items; immutable. */
  public List<Object> items() {
    return items;
  }

  @Override
  public boolean equals(Object other) {
    if (this == other) {
      return true;
    }
    return other instanceof PickleTuple that
        && nodes <= MAX_NODES
        && nodes == that.nodes
        && hash == that.hash
        && items.equals(that.items);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return "a tuple of " + items.size();
  }
}
