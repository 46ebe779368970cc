package io.sparkmm.convert.pickle;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Python's {@code dict} in the order of insertion; equal only to itself, because it may contain
 * itself. Keys are compared by value, except objects, which are equal only to themselves. Unlike in
 * Python the keys {@code 1}, {@code 1.0} and {@code True} differ.
 */
public final class PickleDict {

  private Map<Object, Object> entries = Map.of();
  private Object state = PickleNone.NONE;

  PickleDict() {}

  /** A dict with these entries in this order. */
  public static PickleDict of(Map<?, ?> entries) {
    PickleDict dict = new PickleDict();
    entries.forEach(dict::put);
    return dict;
  }

  void put(Object key, Object value) {
    if (!(entries instanceof LinkedHashMap)) {
      entries = new LinkedHashMap<>(8);
    }
    entries.put(key, value);
  }

  void setState(Object newState) {
    state = newState;
  }

  /** The entries in order, read-only. */
  public Map<Object, Object> entries() {
    return Collections.unmodifiableMap(entries);
  }

  /** The value of a key; empty when there is no such key. */
  public Optional<Object> get(Object key) {
    return Optional.ofNullable(entries.get(key));
  }

  /**
   * What was attached to an instance of a dict class, such as the dict with {@code _metadata} of a
   * module's state; {@code None} for a plain dict.
   */
  public Object state() {
    return state;
  }

  @Override
  public String toString() {
    return "a dict of " + entries.size();
  }
}
