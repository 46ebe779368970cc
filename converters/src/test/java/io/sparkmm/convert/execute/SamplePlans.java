package io.sparkmm.convert.execute;

import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TextLayout;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.safetensors.SafetensorsLayout;
import io.sparkmm.convert.safetensors.SafetensorsWriter;
import io.sparkmm.convert.safetensors.TestFiles;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A small model and conversions of it: each rank takes a part of every matrix. */
final class SamplePlans {

  private static final int LAYERS = 4;

  private SamplePlans() {}

  /** Two weight files, a configuration and a file in a folder. */
  static Path model(Path folder) {
    try {
      Files.createDirectories(folder.resolve("extra"));
      for (int part = 0; part < 2; part++) {
        List<TensorSpec> specs = new ArrayList<>();
        for (int layer = part * LAYERS / 2; layer < (part + 1) * LAYERS / 2; layer++) {
          specs.add(TensorSpec.of("layers." + layer + ".rows", DType.BF16, 256, 300));
          specs.add(TensorSpec.of("layers." + layer + ".columns", DType.BF16, 300, 256));
          specs.add(TensorSpec.of("layers." + layer + ".norm", DType.F32, 77));
        }
        TestFiles.write(
            folder.resolve("model-0000" + (part + 1) + "-of-00002.safetensors"),
            specs,
            TestFiles::pattern);
      }
      Files.writeString(folder.resolve("config.json"), "{\"hidden_size\": 300}\n");
      Files.writeString(folder.resolve("extra/notes.txt"), "taken over\n");
      Files.setLastModifiedTime(
          folder.resolve("config.json"), FileTime.fromMillis(1_600_000_000_000L));
      return folder;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A checkpoint of {@code ranks} folders with a tracker file. */
  static ConversionPlan release(Path model, Path target, int ranks) {
    return plan(model, OutputFolder.release(target), ranks, "rank_%02d/part.safetensors");
  }

  /** Files in the target itself, with an index. */
  static ConversionPlan plain(Path model, Path target, int ranks) {
    return plan(model, OutputFolder.plain(target), ranks, "part-%02d.safetensors");
  }

  private static ConversionPlan plan(Path model, OutputFolder output, int ranks, String name) {
    List<Path> sources =
        List.of(
            model.resolve("model-00001-of-00002.safetensors"),
            model.resolve("model-00002-of-00002.safetensors"));
    List<PlannedFile> files = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      Map<String, TensorView> views = new TreeMap<>();
      for (Path source : sources) {
        try (SafetensorsFile file = SafetensorsFile.open(source)) {
          for (TensorRef tensor : file.tensors()) {
            views.put(tensor.name(), part(tensor, rank, ranks));
          }
        }
      }
      files.add(
          SafetensorsLayout.plan(
              String.format(java.util.Locale.ROOT, name, rank), views, SafetensorsWriter.TORCH));
    }
    files.add(TextLayout.plan("index.json", "{\"ranks\": " + ranks + "}\n"));
    return new ConversionPlan(
        "SampleConverter split",
        output,
        files,
        List.of(
            new AssetCopy(model.resolve("config.json"), "config.json"),
            new AssetCopy(model.resolve("extra/notes.txt"), "extra/notes.txt")),
        sources,
        new TreeMap<>(Map.of("tp_size", Integer.toString(ranks))),
        List.of());
  }

  private static TensorView part(TensorRef tensor, int rank, int ranks) {
    TensorView view = TensorView.of(tensor);
    if (tensor.name().endsWith(".rows")) {
      return view.part(0, rank, ranks);
    }
    return tensor.name().endsWith(".columns") ? view.part(1, rank, ranks) : view;
  }
}
