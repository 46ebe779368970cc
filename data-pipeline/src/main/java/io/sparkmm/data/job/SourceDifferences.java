package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.data.shard.SourceState;
import io.sparkmm.data.shard.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Says how the source files that a data set was made from differ from those that are named now. */
final class SourceDifferences {
  /**
   * What differs.
   *
   * @param lines one line a difference
   * @param appendable whether all differences are new records, which can be added
   */
  record Result(List<String> lines, boolean appendable) {
    Result {
      lines = List.copyOf(lines);
    }
  }

  private final List<String> lines = new ArrayList<>();
  private boolean appendable = true;

  private SourceDifferences() {}

  /** Compares; reads each known file once without parsing it. */
  static Result between(List<SourceState> known, BasicParameters basic, Configuration conf) {
    SourceDifferences differences = new SourceDifferences();
    List<SourceState> left = new ArrayList<>(known);
    List<SourceState> met = new ArrayList<>();
    differences.compare(left, met, Split.TRAIN, basic.dataset(), conf);
    basic
        .valDataset()
        .ifPresent(file -> differences.compare(left, met, Split.VAL, List.of(file), conf));
    for (SourceState source : left) {
      differences.add(source.file() + " is not named any more", false);
    }
    if (differences.lines.isEmpty() && !met.equals(known)) {
      differences.add("the source files stand in another order", false);
    }
    return new Result(differences.lines, differences.appendable);
  }

  /** The files that a data set has records of and that are not named now. */
  static List<String> notNamed(List<SourceState> known, BasicParameters basic) {
    return known.stream()
        .filter(
            source ->
                source.split() == Split.TRAIN
                    ? !basic.dataset().contains(source.file())
                    : !basic.valDataset().equals(Optional.of(source.file())))
        .map(SourceState::file)
        .distinct()
        .toList();
  }

  private void compare(
      List<SourceState> left,
      List<SourceState> met,
      Split split,
      List<String> files,
      Configuration configuration) {
    for (String file : files) {
      Optional<SourceState> source =
          left.stream()
              .filter(state -> state.split() == split && state.file().equals(file))
              .findFirst();
      if (source.isEmpty()) {
        add(file + " is new", true);
        continue;
      }
      left.remove(source.get());
      met.add(source.get());
      switch (new SourceFile(file, configuration).change(source.get())) {
        case NONE -> {}
        case GROWN -> add(file + " has grown", true);
        case REWRITTEN -> add(file + " was changed", false);
        case MISSING -> add(file + " does not exist any more", false);
      }
    }
  }

  private void add(String line, boolean canBeAdded) {
    lines.add(line);
    appendable &= canBeAdded;
  }
}
