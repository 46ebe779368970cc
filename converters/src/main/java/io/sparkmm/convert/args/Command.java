package io.sparkmm.convert.args;

import java.util.List;

/**
 * A word that ends a command and has options.
 *
 * @param name the word
 * @param description one line
 * @param entries keys of its configuration
 * @param extras options that printed configurations show only when they differ from their default
 * @param dashes whether options may be spelled with {@code -} where their names have {@code _}
 */
public record Command(
    String name, String description, List<Entry> entries, List<Option> extras, boolean dashes)
    implements Node {

  public Command {
    entries = List.copyOf(entries);
    extras = List.copyOf(extras);
  }
}
