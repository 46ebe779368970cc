package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.manifest.ConversionManifest;
import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.PlannedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What stands in the way at the target. */
final class ExistingResult {

  private static final String WEIGHTS = ".safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final int MOST_NAMES = 5;

  private ExistingResult() {}

  /**
   * Names at the target that the result would replace or that would be mistaken for a part of it.
   * Where one rename publishes, that is everything; otherwise model files and those of equal names.
   */
  static List<String> find(ConversionPlan plan, WorkFolder.Place place) {
    try {
      if (Files.exists(place.target()) && !Files.isDirectory(place.target())) {
        throw ConvertException.data(
            "Cannot write " + place.target() + ": it is a file, not a folder");
      }
      List<String> present = Disk.names(place.target());
      if (place.whole()) {
        return present;
      }
      TreeSet<String> found = new TreeSet<>();
      for (String name : present) {
        if (name.endsWith(WEIGHTS) || name.equals(INDEX)) {
          found.add(name);
        }
      }
      Stream.concat(
              plan.files().stream().map(PlannedFile::path),
              Stream.concat(
                  plan.assets().stream().map(AssetCopy::path),
                  Stream.of(ConversionManifest.FILE_NAME)))
          .filter(path -> Files.exists(place.target().resolve(path)))
          .forEach(found::add);
      return List.copyOf(found);
    } catch (IOException e) {
      throw Disk.failure("list", place.target(), e);
    }
  }

  /**
   * Refuses a target that holds a result.
   *
   * @throws ConvertException of kind DATA
   */
  static void refuse(Path target, List<String> existing) {
    if (!existing.isEmpty()) {
      throw ConvertException.data(
          "Cannot write "
              + target
              + ": it holds "
              + String.join(", ", existing.subList(0, Math.min(MOST_NAMES, existing.size())))
              + (existing.size() > MOST_NAMES
                  ? " and " + (existing.size() - MOST_NAMES) + " more"
                  : "")
              + "; name another folder, or use --overwrite to replace them");
    }
  }
}
