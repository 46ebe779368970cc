package io.sparkmm.data.source;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.source.Attributes.Column;
import java.util.EnumSet;
import java.util.Set;

/** Checks that a format reads every column that is named, and that those it needs are named. */
final class ReadColumns {
  private ReadColumns() {}

  /**
   * @param format name of the format
   * @param attributes names of the source
   * @param needed columns without which nothing can be read
   * @param others columns that are read as well
   * @throws DataException of kind {@code SETTING} if a column is named that is not read, or one is
   *     missing that is needed
   */
  static void check(String format, Attributes attributes, Set<Column> needed, Set<Column> others) {
    Set<Column> read = EnumSet.copyOf(needed);
    read.addAll(others);
    if (attributes.ranking()) {
      read.add(Column.CHOSEN);
      read.add(Column.REJECTED);
    }
    for (Column column : attributes.columns().keySet()) {
      if (!read.contains(column)) {
        throw setting(
            "Cannot read column \""
                + attributes.columns().get(column)
                + "\" as "
                + column
                + ": formatting "
                + format
                + (attributes.ranking() ? " with ranking" : "")
                + " supports "
                + read);
      }
    }
    Set<Column> missing = EnumSet.copyOf(needed);
    if (attributes.ranking()) {
      missing.add(Column.CHOSEN);
      missing.add(Column.REJECTED);
    }
    missing.removeAll(attributes.columns().keySet());
    if (!missing.isEmpty()) {
      String first = missing.iterator().next().name().toLowerCase(java.util.Locale.ROOT);
      throw setting(
          "Cannot read records with formatting " + format + ": attr." + first + " names no column");
    }
  }

  private static DataException setting(String message) {
    return new DataException(DataException.Kind.SETTING, message);
  }
}
