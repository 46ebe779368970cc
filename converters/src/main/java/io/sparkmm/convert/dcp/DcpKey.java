package io.sparkmm.convert.dcp;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The name of an item and the place that it has in the nested dicts and lists of the saved state.
 *
 * @param flat the parts of the path joined by dots; parts may contain dots themselves
 * @param path names of dict entries as {@code String} and indices of lists as {@code Long},
 *     outermost first; empty when the checkpoint does not tell
 */
public record DcpKey(String flat, List<Object> path) {

  /**
   * @throws IllegalArgumentException when the path holds something else
   */
  public DcpKey {
    path = List.copyOf(path);
    for (Object part : path) {
      if (!(part instanceof String) && !(part instanceof Long)) {
        throw new IllegalArgumentException(
            "Cannot have in the path of " + flat + " a " + part.getClass().getName());
      }
    }
  }

  /** The key of a path of at least one part. */
  public static DcpKey of(Object... path) {
    List<Object> parts = List.of(path);
    return new DcpKey(parts.stream().map(String::valueOf).collect(Collectors.joining(".")), parts);
  }

  /** Whether the item stands in the entry {@code name} of the outermost dict. */
  public boolean isUnder(String name) {
    return path.isEmpty()
        ? flat.startsWith(name + ".")
        : path.size() > 1 && path.get(0).equals(name);
  }

  /**
   * The name inside the outermost dict's entry, such as the parameter of {@code model.x.weight}.
   */
  public String rest() {
    Object first = path.isEmpty() ? flat.substring(0, Math.max(flat.indexOf('.'), 0)) : path.get(0);
    return flat.substring(Math.min(flat.length(), String.valueOf(first).length() + 1));
  }

  @Override
  public String toString() {
    return flat;
  }
}
