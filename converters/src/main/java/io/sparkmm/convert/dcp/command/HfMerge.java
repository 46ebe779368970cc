package io.sparkmm.convert.dcp.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.hf.HfFolder;
import io.sparkmm.convert.lora.LoraAdapters;
import io.sparkmm.convert.lora.LoraMerge;
import io.sparkmm.convert.lora.LoraPair;
import io.sparkmm.convert.lora.MergedWeight;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Plans Hugging Face folders with adapters merged in; everything else stays as it is. */
final class HfMerge {

  /**
   * What to do.
   *
   * @param title converter and command
   * @param baseDir folder of the base model
   * @param saveDir where the result appears
   * @param adapters what to merge
   * @param prefix dropped from the names of layers to get those of weights
   * @param merge how to merge
   * @param sources files of the adapters
   */
  record Job(
      String title,
      Path baseDir,
      Path saveDir,
      LoraAdapters adapters,
      String prefix,
      LoraMerge merge,
      List<Path> sources) {}

  private HfMerge() {}

  static ConversionPlan plan(Job job) {
    HfShards.checkApart("save_merged_hf_dir", job.saveDir(), "base_hf_dir", job.baseDir());
    HfFolder base = HfFolder.model(job.baseDir(), "base_hf_dir");
    base.checkComplete();
    SortedMap<String, String> shards = shards(base);
    Map<String, TensorContent> tensors = merged(job, base.tensors());
    HfShards folder = HfShards.plan(job.baseDir(), job.saveDir(), shards, tensors);
    List<Path> sources = new ArrayList<>(base.files());
    sources.addAll(job.sources());
    return new ConversionPlan(
        job.title(),
        OutputFolder.plain(job.saveDir()),
        folder.files(),
        folder.assets(),
        sources,
        new TreeMap<>(
            Map.of(
                "format",
                "huggingface",
                "merged_layers",
                "" + job.adapters().pairs().size(),
                "scaling",
                "" + job.merge().scale())),
        job.adapters().warnings());
  }

  private static SortedMap<String, String> shards(HfFolder base) {
    SortedMap<String, String> shards = new TreeMap<>();
    for (Path file : base.files()) {
      try (SafetensorsFile open = SafetensorsFile.open(file)) {
        for (TensorRef tensor : open.tensors()) {
          shards.putIfAbsent(tensor.name(), file.getFileName().toString());
        }
      }
    }
    return shards;
  }

  private static Map<String, TensorContent> merged(Job job, Map<String, TensorView> base) {
    Map<String, TensorContent> tensors = new LinkedHashMap<>(base);
    merge(job.adapters().byWeight(job.prefix()), base, job.merge(), job.baseDir().toString())
        .forEach(tensors::put);
    return tensors;
  }

  /**
   * The weights that change.
   *
   * @param adapters by name of the weight
   * @param base all weights
   * @param where they are, for messages
   * @throws ConvertException of kind DATA with everything that does not fit
   */
  static Map<String, TensorContent> merge(
      Map<String, LoraPair> adapters, Map<String, TensorView> base, LoraMerge merge, String where) {
    Map<String, TensorContent> merged = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    adapters.forEach(
        (name, pair) -> {
          TensorView weight = base.get(name);
          if (weight == null) {
            problems.add(
                "Cannot merge adapter " + pair.layer() + ": " + where + " has no tensor " + name);
            return;
          }
          try {
            merged.put(name, MergedWeight.of(name, weight, pair, merge));
          } catch (ConvertException e) {
            problems.addAll(e.problems());
          }
        });
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
    return merged;
  }

  /**
   * Alpha divided by the rank.
   *
   * @throws ConvertException of kind USAGE when the rank is not positive
   */
  static double scale(int alpha, int rank) {
    if (rank <= 0) {
      throw ConvertException.usage("lora_r: must be greater than 0, is " + rank);
    }
    return (double) alpha / rank;
  }
}
