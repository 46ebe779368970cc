package io.sparkmm.convert.args;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A word that must be followed by one of several. The root of a tree is a family, too; its name is
 * that of the program.
 *
 * @param name the word
 * @param description one line
 * @param children what may follow, in the order of help
 */
public record Family(String name, String description, List<Node> children) implements Node {

  public Family {
    children = List.copyOf(children);
    TreeSet<String> names = new TreeSet<>();
    for (Node child : children) {
      if (!names.add(child.name())) {
        throw new IllegalArgumentException("Cannot have " + name + " " + child.name() + " twice");
      }
    }
  }

  /** The child of that name. */
  public Optional<Node> child(String word) {
    return children.stream().filter(c -> c.name().equals(word)).findFirst();
  }

  /** Names of the children that help shows. */
  public List<String> shownNames() {
    return children.stream().filter(c -> !(c instanceof Unsupported)).map(Node::name).toList();
  }
}
