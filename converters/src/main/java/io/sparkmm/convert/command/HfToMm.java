package io.sparkmm.convert.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.hf.HfFolder;
import io.sparkmm.convert.mm.RankFiles;
import io.sparkmm.convert.mm.RankGrid;
import io.sparkmm.convert.model.FamilyOptions;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.model.ModelShape;
import io.sparkmm.convert.parallel.Division;
import io.sparkmm.convert.parallel.ExpertParallel;
import io.sparkmm.convert.parallel.LayoutCheck;
import io.sparkmm.convert.parallel.LayoutLimits;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.parallel.Pipeline;
import io.sparkmm.convert.parallel.TensorParallel;
import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plans {@code hf_to_mm} and {@code hf_to_mm_ldt}. */
public final class HfToMm {

  private static final String HF_DIR = "cfg.hf_config.hf_dir";
  private static final String LLM_HF_DIR = "cfg.common_model_config.llm_hf_dir";

  private final ModelFamily family;
  private final HfToMmOptions options;
  private final ParallelLayout layout;

  private HfToMm(ModelFamily family, HfToMmOptions options) {
    this.family = family;
    this.options = options;
    this.layout = options.parallel();
  }

  /**
   * Plans the conversion; reads headers only.
   *
   * @throws ConvertException of kind USAGE with all that is wrong with the options, of kind DATA
   *     with all that is wrong with the weights
   */
  public static ConversionPlan plan(ModelFamily family, HfToMmOptions options) {
    return new HfToMm(family, options).plan();
  }

  private ConversionPlan plan() {
    HfFolder hf = HfFolder.model(options.hfDir(), HF_DIR);
    ModelShape shape = family.shape(hf.config());
    FamilyOptions asked =
        new FamilyOptions(
            options.canonical(),
            options.visionOnly(),
            options.llmHfDir().isPresent(),
            pipelineDevices());
    TpTable table = family.tpTable(asked, shape);
    LayoutLimits limits = Layouts.limits(shape, family.stages(), table, !options.visionOnly());
    LayoutCheck.Use use = LayoutCheck.Use.writing(options.edgeCloud());
    List<String> warnings = new ArrayList<>(LayoutCheck.check(layout, limits, use).orThrow());
    warnings.addAll(Layouts.warnings(shape, family.stages(), table, layout));
    if (options.canonical()) {
      warnings.addAll(Layouts.canonicalWarnings(layout));
    }
    Map<String, TensorView> tensors = new LinkedHashMap<>(hf.tensors());
    List<Path> sources = new ArrayList<>(hf.files());
    if (options.llmHfDir().isPresent()) {
      HfFolder llm = HfFolder.adapters(options.llmHfDir().get(), LLM_HF_DIR);
      tensors = HfFolder.withLanguageModel(tensors, llm.tensors());
      sources.addAll(llm.files());
    }
    Map<String, TensorView> merged = family.toMerged(tensors, shape, asked);
    prove(tensors, merged, shape);
    ExpertParallel experts = new ExpertParallel(layout.ep(), shape.text().experts());
    TensorParallel sizes = TensorParallel.of(layout);
    Division division = new Division(pipeline(), sizes, table, experts);
    RankGrid grid = new RankGrid(sizes.ranks(), layout.pp(), layout.ep());
    return new ConversionPlan(
        family.converterName() + (options.edgeCloud() ? " hf_to_mm_ldt" : " hf_to_mm"),
        OutputFolder.release(options.mmDir()),
        RankFiles.plan(grid, division.divide(merged)),
        List.of(),
        sources,
        Layouts.told(layout),
        warnings);
  }

  /** The number of devices, or 1 while the lists are not known to be sound. */
  private int pipelineDevices() {
    return layout.llmLayers().isEmpty() ? 1 : layout.pp();
  }

  private Pipeline pipeline() {
    return options.edgeCloud()
        ? Pipeline.edgeCloud(layout, family.stages())
        : Pipeline.of(layout, family.stages());
  }

  private void prove(
      Map<String, TensorView> tensors, Map<String, TensorView> merged, ModelShape shape) {
    Proof proof = new Proof().sources(tensors.values());
    tensors.forEach(
        (name, view) -> {
          if (options.visionOnly() || name.endsWith(".inv_freq")) {
            proof.unused(view);
          }
        });
    TensorView embedding = merged.get(Layouts.EMBEDDING);
    if (shape.text().tied() && embedding != null) {
      proof.repeated(embedding);
      // A head that is stored beside its embedding gives way to it when both ends need a copy.
      family
          .tiedHead(shape)
          .filter(tensors::containsKey)
          .ifPresent(name -> proof.unused(tensors.get(name)));
    }
    proof.check(merged);
  }
}
