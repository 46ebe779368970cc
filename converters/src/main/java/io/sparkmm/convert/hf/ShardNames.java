package io.sparkmm.convert.hf;

import io.sparkmm.convert.ConvertException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of shards to be written, by the numbers in those of an existing index. */
final class ShardNames {

  /** The number of a shard stands after the first dash. */
  private static final Pattern NUMBERED = Pattern.compile("[^-]*-0*([0-9]{1,9})(-.*|\\..*)?");

  private ShardNames() {}

  /**
   * Gives each tensor the shard {@code model-<number>-of-<highest number>.safetensors}. When the
   * index names one file only and this has no number, it keeps its name.
   *
   * @param index for messages
   * @throws ConvertException of kind DATA when a name has no number
   */
  static SortedMap<String, String> renumbered(Path index, Map<String, String> weightMap) {
    TreeSet<String> names = new TreeSet<>(weightMap.values());
    if (names.size() == 1 && number(names.first()) == 0) {
      return new TreeMap<>(weightMap);
    }
    List<String> problems = new ArrayList<>();
    int highest = 0;
    for (String name : names) {
      int number = number(name);
      highest = Math.max(highest, number);
      if (number == 0) {
        problems.add(
            "Cannot read " + index + ": no number from 1 up after the first dash of " + name);
      }
    }
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
    SortedMap<String, String> result = new TreeMap<>();
    for (Map.Entry<String, String> entry : weightMap.entrySet()) {
      result.put(
          entry.getKey(),
          String.format(
              Locale.ROOT, "model-%05d-of-%05d.safetensors", number(entry.getValue()), highest));
    }
    return result;
  }

  /** The number of a shard, 0 when its name has none. */
  private static int number(String name) {
    Matcher matcher = NUMBERED.matcher(name);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
