package io.sparkmm.convert.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.mm.RankFiles;
import io.sparkmm.convert.mm.RankGrid;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.parallel.Division;
import io.sparkmm.convert.parallel.ExpertParallel;
import io.sparkmm.convert.parallel.LayoutCheck;
import io.sparkmm.convert.parallel.LayoutFindings;
import io.sparkmm.convert.parallel.LayoutLimits;
import io.sparkmm.convert.parallel.Modality;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.parallel.Pipeline;
import io.sparkmm.convert.parallel.TensorParallel;
import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Plans {@code resplit}. */
public final class Resplit {

  private static final String SOURCE = "cfg.source_parallel_config";
  private static final String TARGET = "cfg.target_parallel_config";
  private static final String HEAD = "text_decoder.output_layer.weight";

  private final ModelFamily family;
  private final ResplitOptions options;
  private final ParallelLayout target;

  private Resplit(ModelFamily family, ResplitOptions options) {
    this.family = family;
    this.options = options;
    this.target = options.target();
  }

  /**
   * Plans the conversion; reads headers only.
   *
   * @throws ConvertException of kind USAGE with all that is wrong with the options, of kind DATA
   *     with all that is wrong with the checkpoint
   */
  public static ConversionPlan plan(ModelFamily family, ResplitOptions options) {
    return new Resplit(family, options).plan();
  }

  private ConversionPlan plan() {
    List<String> warnings = new ArrayList<>(checkLayouts());
    Checkpoint checkpoint =
        Checkpoint.read(
            options.sourceDir(), options.iteration(), options.source(), SOURCE + ".llm_pp_layers");
    boolean canonical = checkpoint.has(name -> name.contains(".self_attention.q_proj."));
    TpTable table =
        family
            .resplitTable(canonical)
            .orElseThrow(
                () -> ConvertException.usage(family.converterName() + " does not support resplit"));
    int experts = checkpoint.experts();
    checkExperts(experts);
    Map<String, TensorView> model =
        checkpoint.join(
            checkpoint.division(
                family.stages(), table, new ExpertParallel(options.source().ep(), experts)),
            true,
            warnings);
    if (canonical) {
      warnings.addAll(Layouts.canonicalWarnings(target));
    }
    if (target.pp() > 1 && model.containsKey(Layouts.EMBEDDING) && !model.containsKey(HEAD)) {
      warnings.add(
          "the checkpoint has no "
              + HEAD
              + ": the last of several pipeline stages of a model with tied embeddings needs one,"
              + " which hf_to_mm adds");
    }
    TensorParallel sizes = TensorParallel.of(target);
    Division division =
        new Division(
            Pipeline.of(target, family.stages()),
            sizes,
            table,
            new ExpertParallel(target.ep(), experts));
    RankGrid grid = new RankGrid(sizes.ranks(), target.pp(), target.ep());
    return new ConversionPlan(
        family.converterName() + " resplit",
        OutputFolder.release(options.targetDir()),
        RankFiles.plan(grid, division.divide(model)),
        List.of(),
        checkpoint.files(),
        Layouts.told(target),
        warnings);
  }

  private List<String> checkLayouts() {
    LayoutFindings source =
        LayoutCheck.check(
            options.source(),
            LayoutLimits.UNKNOWN,
            new LayoutCheck.Use(SOURCE, false, false, false));
    LayoutFindings goal =
        LayoutCheck.check(
            target, LayoutLimits.UNKNOWN, new LayoutCheck.Use(TARGET, false, false, true));
    List<String> problems = new ArrayList<>(source.problems());
    problems.addAll(goal.problems());
    for (Modality modality : Modality.values()) {
      int before = sum(options.source(), modality);
      int after = sum(target, modality);
      if (before != after) {
        problems.add(
            modality.option()
                + " pp layers not equal! "
                + SOURCE
                + " has "
                + before
                + " layers in all, "
                + TARGET
                + " has "
                + after);
      }
    }
    List<String> warnings = new ArrayList<>(source.warnings());
    warnings.addAll(goal.warnings());
    return new LayoutFindings(problems, warnings).orThrow();
  }

  private void checkExperts(int experts) {
    if (target.ep() > 1 && (experts == 0 || experts % target.ep() != 0)) {
      throw ConvertException.usage(
          TARGET
              + ".ep_size "
              + target.ep()
              + " does not divide the "
              + experts
              + " experts of the checkpoint");
    }
  }

  private static int sum(ParallelLayout layout, Modality modality) {
    return layout.layers(modality).stream()
        .flatMap(List::stream)
        .flatMap(List::stream)
        .mapToInt(Integer::intValue)
        .sum();
  }
}
