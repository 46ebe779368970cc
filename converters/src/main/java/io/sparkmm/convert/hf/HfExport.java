package io.sparkmm.convert.hf;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TextLayout;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.safetensors.SafetensorsIndex;
import io.sparkmm.convert.safetensors.SafetensorsLayout;
import io.sparkmm.convert.safetensors.SafetensorsWriter;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.view.TensorView;
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
import java.util.TreeSet;

/**
 * A Hugging Face folder to be written in the form of the one that the model came from.
 *
 * @param files weights, and the index when it changes
 * @param assets everything else of the original folder
 */
public record HfExport(List<PlannedFile> files, List<AssetCopy> assets) {

  /** Name of the file with adapters. */
  public static final String ADAPTERS = "adapter_model.safetensors";

  public HfExport {
    files = List.copyOf(files);
    assets = List.copyOf(assets);
  }

  /**
   * Plans a folder: tensors go to the shards that the index of the original folder gives them, or
   * to its only file when it has no index, and all other files are taken over.
   *
   * @param original the folder that the model came from
   * @param state tensors by Hugging Face name
   * @param tiedHead name of the output layer of a tied model, which is left out when the original
   *     folder does not have it
   * @param target the folder to be written
   * @throws ConvertException of kind DATA with all tensors that are missing or left over, or when
   *     the original folder has several files and no index; of kind USAGE when {@code target} is
   *     the original folder
   */
  public static HfExport plan(
      HfFolder original, Map<String, TensorView> state, Optional<String> tiedHead, Path target) {
    if (target.toAbsolutePath().normalize().equals(original.path().toAbsolutePath().normalize())) {
      throw ConvertException.usage("save_hf_dir: it is the folder hf_config.hf_dir: " + target);
    }
    Path indexPath = original.path().resolve(SafetensorsIndex.FILE_NAME);
    List<AssetCopy> assets = new ArrayList<>(HfAssets.list(original.path(), target));
    if (!Files.exists(indexPath)) {
      return new HfExport(single(original, state, tiedHead), assets);
    }
    SafetensorsIndex old = SafetensorsIndex.read(indexPath);
    SortedMap<String, String> wanted = ShardNames.renumbered(indexPath, old.weightMap());
    check(wanted, state, tiedHead);
    long bytes =
        wanted.keySet().stream()
            .mapToLong(name -> state.get(name).byteSize())
            .reduce(0, Math::addExact);
    SafetensorsIndex index = new SafetensorsIndex(OptionalLong.of(bytes), wanted);
    List<PlannedFile> files = new ArrayList<>(shards(wanted, state));
    if (!index.equals(old)) {
      assets.removeIf(asset -> asset.path().equals(SafetensorsIndex.FILE_NAME));
      files.add(TextLayout.plan(SafetensorsIndex.FILE_NAME, index.toJson()));
    }
    return new HfExport(files, assets);
  }

  /** Plans the file with adapters. */
  public static PlannedFile adapters(Map<String, TensorView> state) {
    return SafetensorsLayout.plan(ADAPTERS, state, SafetensorsWriter.TORCH);
  }

  private static List<PlannedFile> single(
      HfFolder original, Map<String, TensorView> state, Optional<String> tiedHead) {
    if (original.files().size() > 1) {
      throw ConvertException.data(
          "Cannot tell which tensor goes to which of "
              + original.files().size()
              + " files: no "
              + SafetensorsIndex.FILE_NAME
              + " in "
              + original.path());
    }
    Path file = original.files().get(0);
    SortedMap<String, String> wanted = new TreeMap<>();
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      for (TensorRef tensor : open.tensors()) {
        wanted.put(tensor.name(), file.getFileName().toString());
      }
    }
    check(wanted, state, tiedHead);
    return shards(wanted, state);
  }

  /** Every tensor that a file is to hold must be there, and none may get lost. */
  private static void check(
      Map<String, String> wanted, Map<String, TensorView> state, Optional<String> tiedHead) {
    List<String> problems = new ArrayList<>();
    wanted.forEach(
        (name, file) -> {
          if (!state.containsKey(name)) {
            problems.add("Cannot write " + file + ": the checkpoint has no tensor " + name);
          }
        });
    TreeSet<String> lost = new TreeSet<>(state.keySet());
    lost.removeAll(wanted.keySet());
    tiedHead.ifPresent(lost::remove);
    if (!lost.isEmpty()) {
      problems.add(
          "Cannot place tensors that the original folder does not have: "
              + String.join(", ", lost));
    }
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
  }

  private static List<PlannedFile> shards(
      SortedMap<String, String> wanted, Map<String, TensorView> state) {
    SortedMap<String, Map<String, TensorView>> byFile = new TreeMap<>();
    wanted.forEach(
        (name, file) ->
            byFile.computeIfAbsent(file, key -> new LinkedHashMap<>()).put(name, state.get(name)));
    List<PlannedFile> files = new ArrayList<>();
    byFile.forEach(
        (file, tensors) ->
            files.add(SafetensorsLayout.plan(file, tensors, SafetensorsWriter.TORCH)));
    return files;
  }
}
