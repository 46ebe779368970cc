package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.manifest.ConversionManifest;
import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.PlannedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What must hold for a plan before anything is touched. */
final class PlanCheck {

  private PlanCheck() {}

  /**
   * The files to be taken over; a manifest that an earlier conversion left among them describes
   * other files and stays behind.
   */
  static List<AssetCopy> assets(ConversionPlan plan) {
    return plan.assets().stream()
        .filter(asset -> !asset.path().equals(ConversionManifest.FILE_NAME))
        .toList();
  }

  /**
   * Refuses paths that leave the folder or stand twice, and targets that hold what is read.
   *
   * @throws IllegalArgumentException when the plan contradicts itself
   * @throws ConvertException of kind USAGE when the target is among the sources
   */
  static void check(ConversionPlan plan, WorkFolder.Place place) {
    Set<String> paths = new HashSet<>(List.of(ConversionManifest.FILE_NAME));
    Stream.concat(
            plan.files().stream().map(PlannedFile::path),
            assets(plan).stream().map(AssetCopy::path))
        .forEach(
            path -> {
              Path normal = Path.of(path).normalize();
              if (path.isEmpty()
                  || normal.isAbsolute()
                  || normal.startsWith("..")
                  || !normal.toString().equals(path)) {
                throw new IllegalArgumentException(
                    "Cannot write to " + path + " inside of a folder");
              }
              if (!paths.add(path)) {
                throw new IllegalArgumentException(
                    "Cannot write " + path + ": it is planned twice");
              }
            });
    Stream<Path> read =
        Stream.concat(plan.sources().stream(), plan.assets().stream().map(AssetCopy::source));
    read.filter(source -> isIn(source, place))
        .findFirst()
        .ifPresent(
            source -> {
              throw ConvertException.usage(
                  "Cannot write to " + place.target() + ": it holds " + source + ", which is read");
            });
  }

  /** Where files go one by one, those in folders further down are in no danger. */
  private static boolean isIn(Path source, WorkFolder.Place place) {
    Path folder = source.toAbsolutePath().normalize().getParent();
    try {
      folder = folder.toRealPath();
    } catch (IOException e) {
      throw Disk.failure("read", source, e);
    }
    return place.whole() ? folder.startsWith(place.target()) : folder.equals(place.target());
  }
}
