package io.sparkmm.convert.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.mm.Copies;
import io.sparkmm.convert.mm.MmFolder;
import io.sparkmm.convert.mm.RankGrid;
import io.sparkmm.convert.parallel.Assembly;
import io.sparkmm.convert.parallel.Division;
import io.sparkmm.convert.parallel.ExpertParallel;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.parallel.Pipeline;
import io.sparkmm.convert.parallel.Rank;
import io.sparkmm.convert.parallel.StageSchema;
import io.sparkmm.convert.parallel.TensorParallel;
import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.function.Predicate;

/**
 * A checkpoint that was read with the layout that the options give it.
 *
 * @param layout the layout, with virtual stages as the files have them
 * @param parts for each rank one map per virtual stage
 * @param files all files, in the order of the ranks
 */
record Checkpoint(
    ParallelLayout layout, SortedMap<Rank, List<Map<String, TensorView>>> parts, List<Path> files) {

  private static final int SHOWN = 5;

  /**
   * Reads the headers of all files.
   *
   * @param given the layout; a list of more stages than devices, stage by stage, for a checkpoint
   *     with virtual stages
   * @param option the option with the stages of the language model, for messages
   */
  static Checkpoint read(
      Path root, Optional<String> iteration, ParallelLayout given, String option) {
    MmFolder folder = MmFolder.open(root, iteration);
    int stages = folder.virtualStages();
    ParallelLayout layout = withStages(given, stages, folder, option);
    int ranks = TensorParallel.of(layout).ranks();
    RankGrid grid = new RankGrid(ranks, layout.pp(), layout.ep());
    return new Checkpoint(layout, folder.read(grid, stages), folder.files(grid));
  }

  private static ParallelLayout withStages(
      ParallelLayout given, int stages, MmFolder folder, String option) {
    if (stages == given.vpp()) {
      return given;
    }
    List<Integer> flat = given.llmLayers().stream().flatMap(List::stream).toList();
    int ranks = TensorParallel.of(given).ranks() * given.ep();
    int devices = flat.size() / stages;
    if (flat.size() % stages != 0 || folder.folders().size() != ranks * devices) {
      throw ConvertException.data(
          "Cannot read "
              + folder.path()
              + " with "
              + folder.folders().size()
              + " ranks: it is of a run with "
              + stages
              + " virtual pipeline stages per device (model0, model1, ...); vpp checkpoints are not"
              + " supported with a list of "
              + flat.size()
              + " stages: "
              + option
              + " must give the layers of all stages, device by device of the first virtual stage,"
              + " then of the second, ...");
    }
    List<List<Integer>> nested = new ArrayList<>();
    for (int stage = 0; stage < stages; stage++) {
      nested.add(flat.subList(stage * devices, (stage + 1) * devices));
    }
    return new ParallelLayout(
        nested,
        given.vitLayers(),
        given.audioLayers(),
        given.tp(),
        given.vitTp(),
        given.audioTp(),
        given.ep());
  }

  /** The number of experts of a layer, as the names on a rank tell it; 0 when there are none. */
  int experts() {
    int most =
        parts.values().stream()
            .flatMap(List::stream)
            .flatMap(model -> model.keySet().stream())
            .map(ExpertParallel::expert)
            .filter(OptionalInt::isPresent)
            .mapToInt(OptionalInt::getAsInt)
            .max()
            .orElse(-1);
    return (most + 1) * layout.ep();
  }

  /** Whether any tensor has a name of the kind asked for. */
  boolean has(Predicate<String> name) {
    return parts.values().stream()
        .flatMap(List::stream)
        .flatMap(model -> model.keySet().stream())
        .anyMatch(name);
  }

  /**
   * The whole model.
   *
   * @param whole whether every layer must be there, which does not hold for adapters
   * @param warnings receives what is unusual
   */
  Map<String, TensorView> join(Division division, boolean whole, List<String> warnings) {
    Map<String, TensorView> model = Assembly.join(division, parts, whole);
    List<String> different = Copies.different(Assembly.copies(division, parts));
    if (!different.isEmpty()) {
      warnings.add(
          "tensor parallel ranks hold different copies of "
              + different.size()
              + " tensors, of which that of rank 0 is taken: "
              + String.join(", ", different.subList(0, Math.min(SHOWN, different.size())))
              + (different.size() > SHOWN ? ", ..." : ""));
    }
    return model;
  }

  /** How the checkpoint is divided. */
  Division division(List<StageSchema> stages, TpTable table, ExpertParallel experts) {
    return new Division(Pipeline.of(layout, stages), TensorParallel.of(layout), table, experts);
  }
}
