package io.sparkmm.convert.execute;

import io.sparkmm.convert.manifest.ConversionManifest;
import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.view.TensorContent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The manifest of a plan that was executed. */
final class ManifestOf {

  private ManifestOf() {}

  static ConversionManifest plan(ConversionPlan plan, Journal journal, List<SourceState> sources) {
    List<ConversionManifest.File> files = new ArrayList<>();
    for (PlannedFile file : plan.files()) {
      FinishedFile finished = journal.finished(file.path()).orElseThrow();
      files.add(
          new ConversionManifest.File(
              file.path(), finished.size(), finished.crc32(), tensors(file, finished)));
    }
    for (AssetCopy asset : PlanCheck.assets(plan)) {
      FinishedFile finished = journal.finished(asset.path()).orElseThrow();
      files.add(
          new ConversionManifest.File(asset.path(), finished.size(), finished.crc32(), List.of()));
    }
    files.sort(Comparator.comparing(ConversionManifest.File::path));
    return new ConversionManifest(plan.title(), plan.layout(), named(sources), files);
  }

  private static List<ConversionManifest.Tensor> tensors(PlannedFile file, FinishedFile finished) {
    List<ConversionManifest.Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < file.contents().size(); i++) {
      TensorPlace place = file.layout().tensors().get(i);
      TensorContent content = file.contents().get(i);
      tensors.add(
          new ConversionManifest.Tensor(
              place.name(),
              content.dtype(),
              content.shape(),
              place.offset(),
              finished.tensorCrc32().get(i)));
    }
    return tensors;
  }

  /**
   * Names relative to the folder that holds all sources, so that they tell nothing of the machine.
   */
  private static List<ConversionManifest.Source> named(List<SourceState> sources) {
    Optional<Path> common =
        sources.stream()
            .map(state -> state.file().toAbsolutePath().normalize().getParent())
            .reduce(ManifestOf::common);
    return sources.stream()
        .map(
            state ->
                new ConversionManifest.Source(
                    relative(common.orElseThrow(), state.file()),
                    state.size(),
                    state.fingerprint()))
        .toList();
  }

  private static String relative(Path folder, Path file) {
    return folder.relativize(file.toAbsolutePath().normalize()).toString().replace('\\', '/');
  }

  private static Path common(Path one, Path other) {
    Path folder = one;
    while (!other.startsWith(folder)) {
      folder = folder.getParent();
    }
    return folder;
  }
}
