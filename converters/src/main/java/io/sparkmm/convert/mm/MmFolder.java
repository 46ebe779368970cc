package io.sparkmm.convert.mm;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.parallel.Rank;
import io.sparkmm.convert.torch.TorchException;
import io.sparkmm.convert.torch.TorchFile;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * One iteration of a checkpoint, to be read.
 *
 * @param path the folder with the folders of the ranks
 * @param folders the names of these, sorted
 */
public record MmFolder(Path path, List<String> folders) {

  private static final String MODEL = "model";

  public MmFolder {
    folders = List.copyOf(folders);
  }

  /**
   * Finds an iteration.
   *
   * @param root the folder of the checkpoint, with the tracker file
   * @param iteration {@code release} or a number; empty for the one that the tracker file names
   * @throws ConvertException of kind USAGE when {@code iteration} is neither, of kind DATA when
   *     there is no such iteration, or it has no ranks
   */
  public static MmFolder open(Path root, Optional<String> iteration) {
    Path folder = Tracker.iteration(root, iteration);
    try (Stream<Path> paths = Files.list(folder)) {
      List<String> names =
          paths
              .filter(Files::isDirectory)
              .map(path -> path.getFileName().toString())
              .filter(name -> name.startsWith(RankGrid.PREFIX))
              .sorted()
              .toList();
      if (names.isEmpty()) {
        throw ConvertException.data(
            "Cannot read " + folder + ": it holds no folder " + RankGrid.PREFIX + "*");
      }
      return new MmFolder(folder, names);
    } catch (IOException e) {
      throw ConvertException.data("Cannot read " + folder + ": " + e.getMessage(), e);
    }
  }

  /** How many virtual stages the first rank has; 1 for a pipeline without them. */
  public int virtualStages() {
    Path file = path.resolve(folders.get(0)).resolve(RankGrid.FILE_NAME);
    if (!Files.exists(file)) {
      throw ConvertException.data("Cannot find " + file + ": no such file");
    }
    return stages(TorchFile.open(file));
  }

  /** The number of keys {@code model0}, {@code model1}, ...; 1 for a file with {@code model}. */
  private static int stages(TorchFile file) {
    int count = 0;
    while (file.dict().get(MODEL + count).isPresent()) {
      count++;
    }
    return file.dict().get(MODEL).isPresent() || count == 0 ? 1 : count;
  }

  /**
   * What each rank holds. Only headers are read.
   *
   * @param grid the ranks that there must be
   * @param stages number of virtual stages
   * @return for each rank one map per virtual stage
   * @throws ConvertException of kind DATA when ranks are missing, there are others besides, or a
   *     file has another number of virtual stages
   * @throws TorchException when a file cannot be read
   */
  public SortedMap<Rank, List<Map<String, TensorView>>> read(RankGrid grid, int stages) {
    checkFolders(grid);
    SortedMap<Rank, List<Map<String, TensorView>>> result = new TreeMap<>();
    for (Rank rank : grid.ranks()) {
      TorchFile file = TorchFile.open(grid.file(path, rank));
      if (stages(file) != stages) {
        throw ConvertException.data(
            "Cannot read "
                + file.path()
                + ": it has "
                + stages(file)
                + " virtual stages, the first rank has "
                + stages);
      }
      List<Map<String, TensorView>> models = new ArrayList<>();
      for (int stage = 0; stage < stages; stage++) {
        models.add(views(file, stages == 1 && !hasFirstOnly(file) ? MODEL : MODEL + stage));
      }
      result.put(rank, List.copyOf(models));
    }
    return result;
  }

  /** Whether a file has {@code model0} as its only stage. */
  private static boolean hasFirstOnly(TorchFile file) {
    return file.dict().get(MODEL).isEmpty() && file.dict().get(MODEL + 0).isPresent();
  }

  private static Map<String, TensorView> views(TorchFile file, String key) {
    Map<String, TensorView> views = new LinkedHashMap<>();
    file.tensors(key)
        .forEach((name, tensor) -> views.put(name, TensorView.of(tensor.stored(name))));
    return views;
  }

  /** All files of the ranks, in the order of the ranks. */
  public List<Path> files(RankGrid grid) {
    return grid.ranks().stream().map(rank -> grid.file(path, rank)).toList();
  }

  private void checkFolders(RankGrid grid) {
    TreeSet<String> extra = new TreeSet<>(folders);
    List<String> problems = new ArrayList<>();
    for (Rank rank : grid.ranks()) {
      extra.remove(grid.folder(rank));
      Path file = grid.file(path, rank);
      if (!Files.isRegularFile(file)) {
        problems.add("Cannot find " + file + ", which the options lead to (" + grid + ")");
      }
    }
    if (!extra.isEmpty()) {
      problems.add(
          "Cannot read "
              + path
              + ": it holds more ranks than the options say ("
              + grid
              + "): "
              + String.join(", ", extra));
    }
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
  }
}
