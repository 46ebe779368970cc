package io.sparkmm.convert.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Python's {@code list}; equal only to itself, because it may contain itself. */
public final class PickleList {

  private List<Object> items = List.of();

  PickleList() {}

  /** A list with these items. */
  public static PickleList of(List<?> items) {
    PickleList list = new PickleList();
    items.forEach(list::add);
    return list;
  }

  void add(Object item) {
    if (!(items instanceof ArrayList)) {
      items = new ArrayList<>(4);
    }
    items.add(item);
  }

  /** The items, read-only. */
  public List<Object> items() {
    return Collections.unmodifiableList(items);
  }

  @Override
  public String toString() {
    return "a list of " + items.size();
  }
}
