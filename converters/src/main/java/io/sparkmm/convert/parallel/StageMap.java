package io.sparkmm.convert.parallel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where one modality lies on the pipeline. Entry {@code j} of the list of layer counts holds the
 * layers that follow those of the entries before it; a stage shows one entry, or none.
 */
final class StageMap {

  private final StageSchema schema;
  private final List<Integer> counts;
  private final int first;
  private final int last;
  private final boolean repeated;

  private StageMap(
      StageSchema schema, List<Integer> counts, int first, int last, boolean repeated) {
    this.schema = schema;
    this.counts = List.copyOf(counts);
    this.first = first;
    this.last = last;
    this.repeated = repeated;
  }

  /**
   * The usual layout: what comes before the layers goes to the first entry with layers, what comes
   * after them to the last one, and a list shorter than the pipeline is repeated along it.
   *
   * @param counts layers per stage, outer lists first; not all zero
   */
  static StageMap usual(StageSchema schema, List<Integer> counts) {
    return new StageMap(schema, counts, firstFilled(counts), lastFilled(counts), true);
  }

  /** As {@link #usual}, but stages past the end of the list hold nothing. */
  static StageMap once(StageSchema schema, List<Integer> counts) {
    return new StageMap(schema, counts, firstFilled(counts), lastFilled(counts), false);
  }

  /**
   * The language model of the U-shaped layout: both ends lie on device 0, the embedding in the
   * first virtual stage that has layers, the output layer in the last virtual stage.
   *
   * @param lists layers per virtual stage (outer) and device (inner)
   */
  static StageMap edgeCloudText(StageSchema schema, List<List<Integer>> lists) {
    int devices = lists.get(0).size();
    List<Integer> counts = flat(lists);
    int first = firstFilled(counts) / devices * devices;
    return new StageMap(schema, counts, first, (lists.size() - 1) * devices, false);
  }

  /** The counts of all stages in their order. */
  static List<Integer> flat(List<List<Integer>> lists) {
    return lists.stream().flatMap(List::stream).toList();
  }

  /** The first entry that is not zero. */
  static int firstFilled(List<Integer> counts) {
    int index = 0;
    while (counts.get(index) == 0) {
      index++;
    }
    return index;
  }

  /** The last entry that is not zero. */
  static int lastFilled(List<Integer> counts) {
    int index = counts.size() - 1;
    while (counts.get(index) == 0) {
      index--;
    }
    return index;
  }

  /** The entry with what comes before the layers. */
  int first() {
    return first;
  }

  /** The entry with what comes after the layers. */
  int last() {
    return last;
  }

  /** Number of entries. */
  int size() {
    return counts.size();
  }

  /** Layers of all entries. */
  int layers() {
    return start(counts.size());
  }

  /** The entry that a stage shows; empty when it holds nothing. */
  private OptionalInt entry(int stage) {
    if (repeated) {
      return OptionalInt.of(stage % counts.size());
    }
    return stage < counts.size() ? OptionalInt.of(stage) : OptionalInt.empty();
  }

  /** Number of layers before an entry. */
  private int start(int entry) {
    return counts.subList(0, entry).stream().mapToInt(Integer::intValue).sum();
  }

  /** The name of a tensor on a stage; empty when it does not belong there. */
  Optional<String> local(int stage, String key) {
    OptionalInt found = entry(stage);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    int entry = found.getAsInt();
    OptionalInt layer = layer(key);
    if (layer.isPresent()) {
      int local = layer.getAsInt() - start(entry);
      return local >= 0 && local < counts.get(entry)
          ? Optional.of(renumbered(key, local))
          : Optional.empty();
    }
    boolean here =
        (entry == first && startsWith(key, schema.firsts()))
            || (entry == last && startsWith(key, schema.lasts()));
    return here ? Optional.of(key) : Optional.empty();
  }

  /** The name that a tensor of a stage has in the whole model. */
  String global(int stage, String key) {
    OptionalInt layer = layer(key);
    OptionalInt entry = entry(stage);
    return layer.isPresent() && entry.isPresent()
        ? renumbered(key, layer.getAsInt() + start(entry.getAsInt()))
        : key;
  }

  /** How many layers a stage holds. */
  int count(int stage) {
    OptionalInt entry = entry(stage);
    return entry.isPresent() ? counts.get(entry.getAsInt()) : 0;
  }

  /** The number of the layer that a name has; empty when it is not that of a layer. */
  OptionalInt layer(String key) {
    if (!key.startsWith(schema.layers())) {
      return OptionalInt.empty();
    }
    int begin = schema.layers().length();
    int end = begin;
    while (end < key.length() && key.charAt(end) >= '0' && key.charAt(end) <= '9') {
      end++;
    }
    boolean number =
        end > begin && end - begin < 9 && (end == key.length() || key.charAt(end) == '.');
    return number
        ? OptionalInt.of(Integer.parseInt(key.substring(begin, end)))
        : OptionalInt.empty();
  }

  private String renumbered(String key, int layer) {
    int end = key.indexOf('.', schema.layers().length());
    return schema.layers() + layer + (end < 0 ? "" : key.substring(end));
  }

  private static boolean startsWith(String key, List<String> prefixes) {
    return prefixes.stream().anyMatch(key::startsWith);
  }

  /** The stages of a pipeline that hold a tensor, with the names it has there. */
  List<Pipeline.Place> places(String key, int stages) {
    List<Pipeline.Place> result = new ArrayList<>();
    for (int stage = 0; stage < stages; stage++) {
      Optional<String> name = local(stage, key);
      if (name.isPresent()) {
        result.add(new Pipeline.Place(stage, name.get()));
      }
    }
    return result;
  }
}
