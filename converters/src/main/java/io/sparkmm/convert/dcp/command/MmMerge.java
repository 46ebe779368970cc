package io.sparkmm.convert.dcp.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.lora.LoraAdapters;
import io.sparkmm.convert.lora.LoraMerge;
import io.sparkmm.convert.lora.LoraPair;
import io.sparkmm.convert.mm.MmFolder;
import io.sparkmm.convert.mm.RankGrid;
import io.sparkmm.convert.parallel.Rank;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.torch.TorchFileLayout;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Plans checkpoints of ranks with adapters merged in, rank by rank. */
final class MmMerge {

  private static final String MODEL = "model";
  private static final double CHECKPOINT_VERSION = 3.0;

  private final MergeMmLoraOptions options;
  private final LoraMerge merge;
  private final Set<String> warnings = new LinkedHashSet<>();
  private int mergedLayers;

  private MmMerge(MergeMmLoraOptions options) {
    this.options = options;
    this.merge =
        new LoraMerge(
            HfMerge.scale(options.scaling().alpha(), options.scaling().rank()),
            true,
            Optional.empty());
  }

  static ConversionPlan plan(MergeMmLoraOptions options) {
    return new MmMerge(options).plan();
  }

  private ConversionPlan plan() {
    RankGrid grid = grid();
    for (Path source : List.of(options.baseDir(), options.loraDir())) {
      HfShards.checkApart("merge_save_dir", options.saveDir(), "to be read", source);
    }
    MmFolder base = open(options.baseDir());
    MmFolder lora = open(options.loraDir());
    int stages = base.virtualStages();
    Map<Rank, List<Map<String, TensorView>>> weights = base.read(grid, stages);
    Map<Rank, List<Map<String, TensorView>>> adapters = lora.read(grid, stages);
    checkTargets(lora, adapters);
    List<PlannedFile> files = new ArrayList<>();
    weights.forEach((rank, state) -> files.add(file(grid, rank, state, adapters.get(rank))));
    List<Path> sources = new ArrayList<>(base.files(grid));
    sources.addAll(lora.files(grid));
    return new ConversionPlan(
        "merge_base_lora_weight",
        OutputFolder.release(options.saveDir()),
        files,
        List.of(),
        sources,
        new TreeMap<>(
            Map.of(
                "tp_size", "" + grid.tp(),
                "pp_size", "" + grid.pp(),
                "merged_layers", "" + mergedLayers,
                "scaling", "" + merge.scale())),
        List.copyOf(warnings));
  }

  private RankGrid grid() {
    List<String> problems = new ArrayList<>();
    if (options.ranks().pp() <= 0) {
      problems.add("pp_size: must be greater than 0, is " + options.ranks().pp());
    }
    if (options.ranks().tp() <= 0) {
      problems.add("tp_size: must be greater than 0, is " + options.ranks().tp());
    }
    if (!problems.isEmpty()) {
      throw ConvertException.usage(problems);
    }
    return new RankGrid(options.ranks().tp(), options.ranks().pp(), 1);
  }

  /** This command alone takes a checkpoint without tracker file for converted weights. */
  private static MmFolder open(Path root) {
    boolean tracked = Files.exists(root.resolve(OutputFolder.TRACKER));
    return MmFolder.open(root, tracked ? Optional.empty() : Optional.of(OutputFolder.RELEASE));
  }

  /** Targets may be missing on some ranks of a pipeline, but not on all. */
  private void checkTargets(MmFolder lora, Map<Rank, List<Map<String, TensorView>>> adapters) {
    Map<String, TensorView> all = new LinkedHashMap<>();
    adapters.values().forEach(stages -> stages.forEach(all::putAll));
    LoraAdapters.find(lora.path().toString(), all, options.targets());
  }

  private PlannedFile file(
      RankGrid grid,
      Rank rank,
      List<Map<String, TensorView>> weights,
      List<Map<String, TensorView>> adapters) {
    Map<String, Object> tree = new LinkedHashMap<>();
    Map<String, TensorContent> byPlace = new LinkedHashMap<>();
    for (int stage = 0; stage < weights.size(); stage++) {
      String key = weights.size() == 1 ? MODEL : MODEL + stage;
      Map<String, TensorContent> state = new LinkedHashMap<>(weights.get(stage));
      state.putAll(merged(grid, rank, weights.get(stage), adapters.get(stage)));
      Map<String, TensorSpec> specs = new LinkedHashMap<>();
      state.forEach(
          (name, content) -> {
            String place = key + "." + name;
            specs.put(name, new TensorSpec(place, content.dtype(), content.shape()));
            byPlace.put(place, content);
          });
      tree.put(key, specs);
    }
    tree.put("checkpoint_version", CHECKPOINT_VERSION);
    TorchFileLayout layout = TorchFileLayout.of(TorchFileLayout.prefixOf(RankGrid.FILE_NAME), tree);
    List<TensorContent> contents = new ArrayList<>();
    layout.tensors().forEach(place -> contents.add(byPlace.get(place.name())));
    return new PlannedFile(grid.file(rank), layout, contents);
  }

  private Map<String, TensorContent> merged(
      RankGrid grid, Rank rank, Map<String, TensorView> weights, Map<String, TensorView> lora) {
    String where = grid.file(rank);
    List<String> here = options.targets().stream().filter(target -> isIn(target, lora)).toList();
    boolean none = lora.keySet().stream().noneMatch(name -> name.contains(".lora_"));
    if (none || (here.isEmpty() && !options.targets().isEmpty())) {
      return Map.of();
    }
    LoraAdapters found = LoraAdapters.find(where, lora, here);
    warnings.addAll(found.warnings());
    Map<String, LoraPair> byWeight = found.byWeight("");
    mergedLayers += byWeight.size();
    return HfMerge.merge(byWeight, weights, merge, where + " of " + options.baseDir());
  }

  private static boolean isIn(String target, Map<String, TensorView> lora) {
    return lora.keySet().stream()
        .anyMatch(name -> name.contains(".lora_") && LoraAdapters.layer(name).contains(target));
  }
}
