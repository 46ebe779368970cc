package io.sparkmm.convert.cli;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpChunk;
import io.sparkmm.convert.dcp.DcpPlace;
import io.sparkmm.convert.dcp.DcpTensor;
import io.sparkmm.convert.mm.RankGrid;
import io.sparkmm.convert.mm.Tracker;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.safetensors.CheckpointFolder;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorSource;
import io.sparkmm.convert.torch.TorchFile;
import io.sparkmm.convert.view.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds out what a file or folder is and lists its tensors. */
final class Listings {

  private static final String MODEL = "model";

  private Listings() {}

  /**
   * The tensors of a safetensors or {@code .pt} file, a Hugging Face folder, a folder of ranks, a
   * distributed checkpoint, or the iteration that a folder's tracker file names.
   */
  static Listing of(Path path) {
    if (Files.isRegularFile(path)) {
      return path.toString().endsWith(".pt")
          ? new Listing(ofTorch(path, path.getParent()), Map.of())
          : ofSource(SafetensorsFile.open(path));
    }
    Path folder =
        Files.exists(path.resolve(OutputFolder.TRACKER))
            ? Tracker.iteration(path, Optional.empty())
            : path;
    if (DcpCheckpoint.isIn(folder)) {
      return ofDistributed(DcpCheckpoint.open(folder));
    }
    List<Path> ranks = ranks(folder);
    if (!ranks.isEmpty()) {
      List<ListedTensor> tensors = new ArrayList<>();
      ranks.forEach(rank -> tensors.addAll(ofTorch(rank, folder)));
      return new Listing(tensors, Map.of());
    }
    return ofSource(CheckpointFolder.open(folder));
  }

  private static Listing ofSource(TensorSource source) {
    try (source) {
      return new Listing(
          source.tensors().stream().map(ListedTensor::of).toList(), source.metadata());
    }
  }

  private static List<Path> ranks(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(folder)) {
      return paths
          .filter(path -> path.getFileName().toString().startsWith(RankGrid.PREFIX))
          .map(path -> path.resolve(RankGrid.FILE_NAME))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw ConvertException.data("Cannot list " + folder + ": " + e.getMessage(), e);
    }
  }

  /** With virtual stages, names are preceded by the key of their stage. */
  private static List<ListedTensor> ofTorch(Path path, Path base) {
    TorchFile file = TorchFile.open(path);
    List<ListedTensor> result = new ArrayList<>();
    if (file.dict().get(MODEL).isPresent()) {
      add(result, file, MODEL, "", base);
    } else if (file.dict().get(MODEL + 0).isEmpty()) {
      throw ConvertException.data("Cannot list " + path + ": it has no key " + MODEL);
    }
    for (int stage = 0; file.dict().get(MODEL + stage).isPresent(); stage++) {
      add(result, file, MODEL + stage, MODEL + stage + "/", base);
    }
    return result;
  }

  private static void add(
      List<ListedTensor> result, TorchFile file, String key, String before, Path base) {
    String name = base == null ? file.path().toString() : base.relativize(file.path()).toString();
    file.tensors(key)
        .forEach(
            (tensor, value) -> {
              StoredTensor stored = value.stored(before + tensor);
              result.add(new ListedTensor(stored.spec(), name, stored.begin()));
            });
  }

  private static Listing ofDistributed(DcpCheckpoint checkpoint) {
    List<ListedTensor> tensors = new ArrayList<>();
    for (DcpTensor tensor : checkpoint.metadata().tensors()) {
      List<DcpPlace> places = tensor.chunks().stream().map(DcpChunk::place).toList();
      long files = places.stream().map(DcpPlace::file).distinct().count();
      String file =
          places.isEmpty()
              ? "-"
              : places.get(0).file() + (files > 1 ? " and " + (files - 1) + " more" : "");
      tensors.add(
          new ListedTensor(tensor.spec(), file, places.isEmpty() ? 0 : places.get(0).offset()));
    }
    return new Listing(tensors, Map.of());
  }
}
