package io.sparkmm.cli;

import io.sparkmm.data.job.ImportLlavaMain;
import io.sparkmm.data.job.PrepareMain;
import io.sparkmm.data.shapes.SampleDataMain;
import io.sparkmm.quickstart.QuickstartMain;
import io.sparkmm.train.launch.TrainMain;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The verbs of one command, by name. */
public final class Verbs {

  private static final int MAX_DISTANCE = 3;

  private final SortedMap<String, Verb> byName;

  private Verbs(SortedMap<String, Verb> byName) {
    this.byName = Collections.unmodifiableSortedMap(byName);
  }

  /**
   * Registers verbs.
   *
   * @throws IllegalArgumentException naming both classes when two verbs have one name
   */
  public static Verbs of(List<Verb> verbs) {
    SortedMap<String, Verb> byName = new TreeMap<>();
    for (Verb verb : verbs) {
      Verb other = byName.putIfAbsent(verb.name(), verb);
      if (other != null) {
        throw new IllegalArgumentException(
            "Cannot register verb "
                + verb.name()
                + " of "
                + verb.owner().getName()
                + ": "
                + other.owner().getName()
                + " has registered it before");
      }
    }
    return new Verbs(byName);
  }

  /** The verbs of {@code sparkmm}. */
  public static Verbs standard() {
    return of(
        List.of(
            new Verb(
                "env",
                "report JDK, Spark, libtorch, devices, and what is missing",
                EnvMain.class,
                EnvMain::run),
            new Verb(
                "import-llava",
                "convert a LLaVA-Instruct file to the JSON that prepare reads",
                ImportLlavaMain.class,
                ImportLlavaMain::run),
            new Verb(
                "prepare",
                "turn the records that data.json names into shards",
                PrepareMain.class,
                PrepareMain::run),
            new Verb(
                "quickstart",
                "draw a data set, prepare it, train on it, ask the trained model",
                QuickstartMain.class,
                QuickstartMain::run),
            new Verb(
                "train",
                "train a model on prepared shards with FSDP2 workers",
                TrainMain.class,
                TrainMain::run),
            new Verb(
                "sample-data",
                "draw the shapes data set: scenes with conversations, annotations, preferences",
                SampleDataMain.class,
                SampleDataMain::run)));
  }

  /** The verb of this name. */
  public Optional<Verb> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** All names with their descriptions, sorted by name. */
  public Map<String, Verb> all() {
    return byName;
  }

  /** The name most like {@code word}, when one is near enough to be meant. */
  public Optional<String> nearest(String word) {
    return byName.keySet().stream()
        .filter(name -> distance(name, word) <= Math.min(MAX_DISTANCE, word.length() / 2 + 1))
        .min(
            Comparator.comparingInt((String name) -> distance(name, word))
                .thenComparing(Comparator.naturalOrder()));
  }

  /** Edit distance: letters to insert, delete or replace (Levenshtein). */
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
