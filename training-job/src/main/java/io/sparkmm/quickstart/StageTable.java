package io.sparkmm.quickstart;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The stages of a run with the time that each took and where its result is. */
final class StageTable {
  /** One finished stage. */
  record Stage(String name, Duration time, Path result, String summary) {}

  /** What a stage says when it is done. */
  record Outcome<T>(T value, Path result, String summary) {}

  private final List<Stage> stages = new ArrayList<>();

  /** Runs a stage, announces it, and records its time. */
  <T> T run(String name, Callable<Outcome<T>> work) throws Exception {
    System.out.printf(Locale.ROOT, "%n== %s%n", name);
    long start = System.nanoTime();
    Outcome<T> outcome = work.call();
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    stages.add(new Stage(name, time, outcome.result(), outcome.summary()));
    System.out.printf(Locale.ROOT, "   %s (%.1f s)%n", outcome.summary(), seconds(time));
    return outcome.value();
  }

  List<Stage> stages() {
    return List.copyOf(stages);
  }

  /** The table as text, one line a stage and one for the whole. */
  String text() {
    int width = stages.stream().mapToInt(stage -> stage.name().length()).max().orElse(5);
    StringBuilder text = new StringBuilder();
    Duration total = Duration.ZERO;
    text.append(
        String.format(Locale.ROOT, "%-" + width + "s  %8s  %s%n", "stage", "seconds", "where"));
    for (Stage stage : stages) {
      total = total.plus(stage.time());
      text.append(
          String.format(
              Locale.ROOT,
              "%-" + width + "s  %8.1f  %s%n",
              stage.name(),
              seconds(stage.time()),
              stage.result()));
    }
    return text.append(
            String.format(Locale.ROOT, "%-" + width + "s  %8.1f%n", "all", seconds(total)))
        .toString();
  }

  static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }
}
