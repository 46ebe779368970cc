package io.sparkmm.convert.safetensors;

import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The customary names of shards, {@code <stem>-00001-of-00003.safetensors}. */
final class ShardNumbering {

  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.safetensors");

  private ShardNumbering() {}

  /** The given names and those that must stand beside them by their numbering, sorted. */
  static List<String> complete(List<String> present) {
    TreeSet<String> names = new TreeSet<>(present);
    for (String name : present) {
      Matcher matcher = NAME.matcher(name);
      if (matcher.matches()) {
        int count = Integer.parseInt(matcher.group(3));
        for (int number = 1; number <= count; number++) {
          names.add(
              String.format(
                  Locale.ROOT, "%s-%05d-of-%05d.safetensors", matcher.group(1), number, count));
        }
      }
    }
    return List.copyOf(names);
  }
}
