package io.sparkmm.conf.pattern;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** A tree that is given by its paths. */
final class ListedTree implements ModuleTree {
  private final Map<String, Set<String>> children = new LinkedHashMap<>();
  private final Set<String> lists = new LinkedHashSet<>();

  ListedTree() {
    children.put("", new LinkedHashSet<>());
  }

  /** Adds modules with all that they lie in. */
  ListedTree modules(String... paths) {
    for (String path : paths) {
      add(path);
    }
    return this;
  }

  /** Adds a list with elements that have these children each. */
  ListedTree list(String path, int size, String... below) {
    add(path);
    lists.add(path);
    for (int i = 0; i < size; i++) {
      add(path + "." + i);
      for (String child : below) {
        add(path + "." + i + "." + child);
      }
    }
    return this;
  }

  private void add(String path) {
    String parent = "";
    for (String name : path.split("\\.", -1)) {
      children.get(parent).add(name);
      parent = parent.isEmpty() ? name : parent + "." + name;
      children.putIfAbsent(parent, new LinkedHashSet<>());
    }
  }

  @Override
  public boolean exists(String path) {
    return children.containsKey(path);
  }

  @Override
  public OptionalInt containerSize(String path) {
    return lists.contains(path) ? OptionalInt.of(children.get(path).size()) : OptionalInt.empty();
  }

  @Override
  public List<String> children(String path) {
    return new ArrayList<>(children.getOrDefault(path, Set.of()));
  }
}
