package io.sparkmm.convert.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.execute.ConversionListener.Step;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A conversion is killed with SIGKILL at each of its points, one after the other; where the copying
 * is that of the first test, at those after it.
 */
@Tag("slow")
final class KilledConversionTest {

  private static final int MOST_POINTS = 60;

  @TempDir private Path folder;
  private Path model;
  private Path target;

  /** What the disk shows right after a kill. */
  private interface Check {
    void look(SortedMap<String, String> visible, String point);
  }

  @BeforeEach
  void makeModel() {
    model = SamplePlans.model(folder.resolve("model"));
    target = folder.resolve("out/checkpoint");
  }

  @Test
  void aCheckpointIsThereWholeOrNotAtAllAndItsTrackerLast() throws Exception {
    SortedMap<String, String> expected = undisturbed("release", 2);
    SortedMap<String, String> withoutTracker = new TreeMap<>(expected);
    withoutTracker.remove(OutputFolder.TRACKER);

    int points =
        killEverywhere(
            "release",
            false,
            () -> {},
            (visible, point) ->
                assertThat(visible).as(point).isIn(Map.of(), withoutTracker, expected));

    assertThat(points).isGreaterThan(15);
    assertThat(Trees.all(target)).isEqualTo(expected);
  }

  @Test
  void anOlderCheckpointStaysUntilTheNewOneIsComplete() throws Exception {
    SortedMap<String, String> older = undisturbed("release", 4);
    SortedMap<String, String> expected = undisturbed("release", 2);
    SortedMap<String, String> onlyTracker = new TreeMap<>(expected);
    onlyTracker.keySet().removeIf(path -> !path.equals(OutputFolder.TRACKER));

    killEverywhere(
        "release",
        true,
        () -> PlanExecutor.execute(plan("release", target, 4), ExecutionOptions.defaults()),
        (visible, point) -> assertThat(visible).as(point).isIn(older, onlyTracker, expected));

    assertThat(Trees.all(target)).isEqualTo(expected);
  }

  @Test
  void aPlainFolderAppearsByOneRename() throws Exception {
    SortedMap<String, String> expected = undisturbed("plain", 2);

    killEverywhere(
        "plain",
        false,
        () -> {},
        (visible, point) -> assertThat(visible).as(point).isIn(Map.of(), expected));

    assertThat(Trees.all(target.getParent()).keySet())
        .allMatch(path -> path.startsWith("checkpoint/"));
  }

  @Test
  void aFolderThatHoldsOtherThingsHasItsManifestOnlyWhenComplete() throws Exception {
    SortedMap<String, String> expected = undisturbed("plain", 2);
    String manifest = expected.get("sparkmm_conversion.json");
    expected.put("mine.txt", "");

    killEverywhere(
        "plain",
        true,
        () -> {
          Files.createDirectories(target);
          Files.writeString(target.resolve("mine.txt"), "keep");
          PlanExecutor.execute(plan("plain", target, 4), ExecutionOptions.defaults());
        },
        (visible, point) -> {
          assertThat(visible).as(point).containsKey("mine.txt");
          if (manifest.equals(visible.get("sparkmm_conversion.json"))) {
            assertThat(visible.keySet()).as(point).isEqualTo(expected.keySet());
          }
        });

    SortedMap<String, String> result = Trees.all(target);
    expected.put("mine.txt", result.get("mine.txt"));
    assertThat(result).isEqualTo(expected);
  }

  private interface Preparation {
    void run() throws IOException;
  }

  /** Kills at point 1, 2, ... of fresh targets; each time a second run must end the work. */
  private int killEverywhere(String kind, boolean overwrite, Preparation before, Check check)
      throws Exception {
    SortedMap<String, String> first = new TreeMap<>();
    for (int point = 1; point < MOST_POINTS; point++) {
      Disk.delete(target.getParent());
      Files.createDirectories(target.getParent());
      before.run();
      ChildJvm.Outcome outcome = ChildJvm.run(child(kind, overwrite, point));
      if (outcome.code() == 0) {
        return point;
      }
      assertThat(outcome.code()).as(outcome.lines().toString()).isEqualTo(-1);
      String name = "killed at " + outcome.lines();
      check.look(Trees.visible(target), name);
      PlanExecutor.execute(
          plan(kind, target, 2), ExecutionOptions.defaults().withOverwrite(overwrite));
      assertThat(Trees.all(target.getParent()).keySet())
          .as(name)
          .allMatch(path -> path.startsWith("checkpoint/") && !path.contains(".sparkmm"));
      SortedMap<String, String> result = Trees.all(target);
      if (first.isEmpty()) {
        first.putAll(result);
      }
      assertThat(result).as(name).isEqualTo(first);
    }
    throw new IllegalStateException("Cannot test so many points: " + MOST_POINTS);
  }

  private List<String> child(String kind, boolean overwrite, int point) {
    return ChildJvm.command(
        HaltingConversion.class,
        model.toString(),
        target.toString(),
        kind,
        "2",
        Boolean.toString(overwrite),
        Integer.toString(point),
        (overwrite || kind.equals("plain") ? Step.STAGED : Step.FILE_WRITTEN).name());
  }

  private SortedMap<String, String> undisturbed(String kind, int ranks) {
    Path other = folder.resolve("undisturbed-" + kind + ranks);
    PlanExecutor.execute(plan(kind, other, ranks), ExecutionOptions.defaults());
    return Trees.all(other);
  }

  private ConversionPlan plan(String kind, Path to, int ranks) {
    return HaltingConversion.plan(model.toString(), to.toString(), kind, Integer.toString(ranks));
  }
}
