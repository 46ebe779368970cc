package io.sparkmm.convert.verify;

import io.sparkmm.convert.mm.RankGrid;
import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.torch.TorchException;
import io.sparkmm.convert.torch.TorchFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A folder of ranks: whether none is missing by the names of the others, and for each file whether
 * it can be read, holds weights, and its records have their checksums.
 */
final class RankFolder implements FolderKind {

  private static final String MODEL = "model";

  @Override
  public String name() {
    return "rank folders";
  }

  @Override
  public boolean matches(Path folder) {
    return Names.in(folder).stream().anyMatch(name -> name.startsWith(RankGrid.PREFIX));
  }

  @Override
  public VerifyReport check(Path folder) {
    List<String> problems = new ArrayList<>();
    List<String> ranks =
        Names.in(folder).stream().filter(name -> name.startsWith(RankGrid.PREFIX)).toList();
    for (String missing : missing(ranks)) {
      problems.add(missing + " is missing by the names of the others");
    }
    int tensors = 0;
    long bytes = 0;
    for (String rank : ranks) {
      Path path = folder.resolve(rank).resolve(RankGrid.FILE_NAME);
      try {
        TorchFile file = TorchFile.open(path);
        tensors += tensors(file, problems);
        file.verify();
        bytes += Files.size(path);
      } catch (TorchException e) {
        problems.add(e.getMessage());
      } catch (IOException e) {
        problems.add("Cannot read " + path + ": " + e.getMessage());
      }
    }
    return new VerifyReport(name(), ranks.size(), tensors, bytes, problems, List.of());
  }

  /** Tensors under {@code model}, or {@code model0} and so on with virtual stages. */
  private static int tensors(TorchFile file, List<String> problems) {
    PickleDict dict = file.dict();
    if (dict.get(MODEL).isPresent()) {
      return file.tensors(MODEL).size();
    }
    int tensors = 0;
    int stage = 0;
    for (; dict.get(MODEL + stage).isPresent(); stage++) {
      tensors += file.tensors(MODEL + stage).size();
    }
    if (stage == 0) {
      problems.add("Cannot read " + file.path() + ": it has no key " + MODEL);
    }
    return tensors;
  }

  /** What lacks to every combination of the numbers that occur at each place of the names. */
  private static SortedSet<String> missing(List<String> ranks) {
    List<SortedSet<String>> numbers = new ArrayList<>();
    for (String rank : ranks) {
      String[] parts = rank.substring(RankGrid.PREFIX.length()).split("_", -1);
      for (int i = 0; i < parts.length; i++) {
        if (i == numbers.size()) {
          numbers.add(new TreeSet<>());
        }
        numbers.get(i).add(parts[i]);
      }
    }
    SortedSet<String> expected = new TreeSet<>(List.of(RankGrid.PREFIX));
    for (int i = 0; i < numbers.size(); i++) {
      SortedSet<String> longer = new TreeSet<>();
      for (String begin : expected) {
        for (String number : numbers.get(i)) {
          longer.add(begin + (i == 0 ? "" : "_") + number);
        }
      }
      expected = longer;
    }
    ranks.forEach(expected::remove);
    return expected;
  }
}
