package io.sparkmm.cli;

import io.sparkmm.conf.NearestKey;
import io.sparkmm.data.job.ImportCocoMain;
import io.sparkmm.data.job.ImportLlavaMain;
import io.sparkmm.data.job.ImportRlhfVMain;
import io.sparkmm.data.job.InspectMain;
import io.sparkmm.data.job.PrepareMain;
import io.sparkmm.data.shapes.SampleDataMain;
import io.sparkmm.quickstart.QuickstartMain;
import io.sparkmm.train.launch.TrainMain;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The verbs of one command, by name. */
public final class Verbs {

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
                "bench",
                "measure how fast everything is, as ratios",
                BenchMain.class,
                BenchMain::run),
            new Verb(
                "env",
                "report JDK, Spark, libtorch, devices, and what is missing",
                EnvMain.class,
                EnvMain::run),
            new Verb(
                "import-coco",
                "convert COCO captions and objects to conversations that prepare reads",
                ImportCocoMain.class,
                ImportCocoMain::run),
            new Verb(
                "import-llava",
                "convert a LLaVA-Instruct file to the JSON that prepare reads",
                ImportLlavaMain.class,
                ImportLlavaMain::run),
            new Verb(
                "import-rlhfv",
                "convert RLHF-V to preference JSON and pictures that prepare reads",
                ImportRlhfVMain.class,
                ImportRlhfVMain::run),
            new Verb(
                "inspect",
                "show counts, lengths and the first samples of a data set",
                InspectMain.class,
                InspectMain::run),
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
    return NearestKey.find(word, byName.keySet());
  }
}
