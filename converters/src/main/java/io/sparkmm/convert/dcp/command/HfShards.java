package io.sparkmm.convert.dcp.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.hf.HfAssets;
import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TextLayout;
import io.sparkmm.convert.safetensors.SafetensorsIndex;
import io.sparkmm.convert.safetensors.SafetensorsLayout;
import io.sparkmm.convert.safetensors.SafetensorsWriter;
import io.sparkmm.convert.view.TensorContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A Hugging Face folder to be written with the files of an existing one: its shards, its index and
 * everything else as it is.
 *
 * @param files shards, and the index when it changes
 * @param assets what is taken over
 */
record HfShards(List<PlannedFile> files, List<AssetCopy> assets) {

  private static final String INDEX_SUFFIX = ".safetensors.index.json";

  /**
   * An index that was found.
   *
   * @param name of its file
   * @param index its content
   */
  record Found(String name, SafetensorsIndex index) {}

  /**
   * Plans the folder.
   *
   * @param original the folder to be like
   * @param target the folder to be written
   * @param shards the file of each tensor
   * @param tensors all of these
   */
  static HfShards plan(
      Path original,
      Path target,
      SortedMap<String, String> shards,
      Map<String, ? extends TensorContent> tensors) {
    List<AssetCopy> assets = new ArrayList<>(HfAssets.list(original, target));
    SortedMap<String, Map<String, TensorContent>> byFile = new TreeMap<>();
    long bytes = 0;
    for (Map.Entry<String, String> entry : shards.entrySet()) {
      TensorContent content = tensors.get(entry.getKey());
      byFile
          .computeIfAbsent(entry.getValue(), file -> new LinkedHashMap<>())
          .put(entry.getKey(), content);
      bytes = Math.addExact(bytes, content.byteSize());
    }
    List<PlannedFile> files = new ArrayList<>();
    byFile.forEach(
        (file, state) -> files.add(SafetensorsLayout.plan(file, state, SafetensorsWriter.TORCH)));
    Optional<Found> found = index(original);
    SafetensorsIndex index = new SafetensorsIndex(OptionalLong.of(bytes), shards);
    if (found.isPresent() && !index.equals(found.get().index())) {
      String name = found.get().name();
      assets.removeIf(asset -> asset.path().equals(name));
      files.add(TextLayout.plan(name, index.toJson()));
    }
    return new HfShards(files, assets);
  }

  /** The index of a folder, of several the customary one or else the first by name. */
  static Optional<Found> index(Path folder) {
    try (Stream<Path> paths = Files.list(folder)) {
      List<String> names =
          paths
              .map(path -> path.getFileName().toString())
              .filter(name -> name.endsWith(INDEX_SUFFIX))
              .sorted()
              .toList();
      if (names.isEmpty()) {
        return Optional.empty();
      }
      String name =
          names.contains(SafetensorsIndex.FILE_NAME) ? SafetensorsIndex.FILE_NAME : names.get(0);
      return Optional.of(new Found(name, SafetensorsIndex.read(folder.resolve(name))));
    } catch (IOException e) {
      throw ConvertException.data("Cannot list " + folder + ": " + e, e);
    }
  }

  /**
   * Refuses to write a folder over the one that it is made from.
   *
   * @throws ConvertException of kind USAGE
   */
  static void checkApart(String targetOption, Path target, String sourceOption, Path source) {
    if (target.toAbsolutePath().normalize().equals(source.toAbsolutePath().normalize())) {
      throw ConvertException.usage(
          targetOption + ": it is the folder " + sourceOption + ": " + target);
    }
  }
}
