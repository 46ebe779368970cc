package io.sparkmm.conf.pattern;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The modules that a list of patterns selects in one model.
 *
 * @param paths selected modules in the order of the patterns, each once, at its first position
 * @param errors patterns that cannot be resolved
 * @param warnings single elements that do not exist and were left out
 */
public record ModuleSelection(List<String> paths, List<Remark> errors, List<Remark> warnings) {

  /**
   * Something to tell about one entry of the list.
   *
   * @param index position of the pattern in its list, from 0
   * @param pattern the pattern as it was written
   * @param message the reason
   */
  public record Remark(int index, String pattern, String message) {}

  /** Copies the lists. */
  public ModuleSelection {
    paths = List.copyOf(paths);
    errors = List.copyOf(errors);
    warnings = List.copyOf(warnings);
  }

  /**
   * Expands all patterns.
   *
   * <p>A single index that does not exist is left out with a warning. A pattern that matches
   * nothing is an error, because nothing would be done and nobody would notice; so is {@code {*}}
   * on something that is not a list.
   */
  public static ModuleSelection resolve(List<ModulePattern> patterns, ModuleTree tree) {
    Set<String> paths = new LinkedHashSet<>();
    List<Remark> errors = new ArrayList<>();
    List<Remark> warnings = new ArrayList<>();
    for (int i = 0; i < patterns.size(); i++) {
      ModulePattern pattern = patterns.get(i);
      List<String> missing = new ArrayList<>();
      try {
        List<String> found = expand(pattern, tree, missing);
        paths.addAll(found);
      } catch (IllegalArgumentException e) {
        errors.add(new Remark(i, pattern.text(), e.getMessage()));
        continue;
      }
      for (String path : missing) {
        warnings.add(new Remark(i, pattern.text(), "there is no module " + path));
      }
    }
    return new ModuleSelection(List.copyOf(paths), errors, warnings);
  }

  private static List<String> expand(ModulePattern pattern, ModuleTree tree, List<String> missing) {
    List<String> wanted =
        switch (pattern.kind()) {
          case PATH -> List.of(pattern.prefix());
          case ALL -> allElements(pattern, tree);
          case INDICES -> pattern.indices().stream().map(pattern::pathOf).toList();
        };
    List<String> found = new ArrayList<>();
    for (String path : wanted) {
      (tree.exists(path) ? found : missing).add(path);
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException("matches no module: " + reason(pattern, tree));
    }
    return found;
  }

  private static List<String> allElements(ModulePattern pattern, ModuleTree tree) {
    String prefix = pattern.prefix();
    OptionalInt size = tree.containerSize(prefix);
    if (size.isEmpty()) {
      throw new IllegalArgumentException(
          tree.exists(prefix)
              ? prefix + " is not a list of modules"
              : "there is no module " + prefix);
    }
    List<String> paths = new ArrayList<>();
    for (int index = 0; index < size.getAsInt(); index++) {
      paths.add(pattern.pathOf(index));
    }
    return paths;
  }

  private static String reason(ModulePattern pattern, ModuleTree tree) {
    String prefix = pattern.prefix();
    if (!tree.exists(prefix)) {
      return "there is no module " + longestMissing(prefix, tree);
    }
    OptionalInt size = tree.containerSize(prefix);
    if (size.isEmpty()) {
      return prefix + " is not a list of modules";
    }
    String elements = prefix + " has " + size.getAsInt() + " elements";
    return pattern.suffix().isEmpty()
        ? elements
        : elements + " and none of those selected has a module " + pattern.suffix();
  }

  /** The shortest part of the path that does not exist, with the names that do exist there. */
  private static String longestMissing(String path, ModuleTree tree) {
    String parent = "";
    for (String name : path.split("\\.", -1)) {
      String child = parent.isEmpty() ? name : parent + "." + name;
      if (!tree.exists(child)) {
        String where = parent.isEmpty() ? "the model" : parent;
        return child + "; " + where + " has " + tree.children(parent);
      }
      parent = child;
    }
    return path;
  }

  /**
   * Wrapped modules that are, or lie below, one of these ignored modules: FSDP would get an empty
   * group for them.
   */
  public List<String> within(ModuleSelection ignored) {
    return paths.stream()
        .filter(path -> ignored.paths.stream().anyMatch(root -> isWithin(path, root)))
        .toList();
  }

  private static boolean isWithin(String path, String root) {
    return path.equals(root) || path.startsWith(root + ".");
  }

  /** The selected modules with children before parents: the order of wrapping. */
  public List<String> wrapOrder(ModuleTree tree) {
    List<String> order = new ArrayList<>();
    walk("", tree, new LinkedHashSet<>(), order);
    order.retainAll(Set.copyOf(paths));
    return List.copyOf(order);
  }

  /** The selected modules with parents before children: the order of prefetching. */
  public List<String> prefetchOrder(ModuleTree tree) {
    Set<String> order = new LinkedHashSet<>();
    walk("", tree, order, new ArrayList<>());
    order.retainAll(Set.copyOf(paths));
    return List.copyOf(order);
  }

  private static void walk(String path, ModuleTree tree, Set<String> pre, List<String> post) {
    pre.add(path);
    for (String child : tree.children(path)) {
      walk(path.isEmpty() ? child : path + "." + child, tree, pre, post);
    }
    post.add(path);
  }
}
