package io.sparkmm.convert.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.hf.HfExport;
import io.sparkmm.convert.hf.HfFolder;
import io.sparkmm.convert.model.FamilyOptions;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.model.ModelShape;
import io.sparkmm.convert.parallel.ExpertParallel;
import io.sparkmm.convert.parallel.LayoutCheck;
import io.sparkmm.convert.parallel.LayoutLimits;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Plans {@code mm_to_hf}. */
public final class MmToHf {

  private static final String HF_DIR = "cfg.hf_config.hf_dir";
  private static final String STAGES = "cfg.parallel_config.llm_pp_layers";

  private MmToHf() {}

  /**
   * Plans the conversion; reads headers only.
   *
   * @throws ConvertException of kind USAGE with all that is wrong with the options, of kind DATA
   *     with all that is wrong with the checkpoint
   */
  public static ConversionPlan plan(ModelFamily family, MmToHfOptions options) {
    HfFolder hf = HfFolder.model(options.hfDir(), HF_DIR);
    ModelShape shape = family.shape(hf.config());
    ParallelLayout given = options.parallel();
    int devices = given.llmLayers().isEmpty() ? 1 : given.pp();
    FamilyOptions asked =
        FamilyOptions.DEFAULT.withCanonical(options.canonical()).withDevices(devices);
    TpTable table = family.tpTable(asked, shape);
    LayoutLimits limits = Layouts.limits(shape, family.stages(), table, true);
    List<String> warnings =
        new ArrayList<>(LayoutCheck.check(given, limits, LayoutCheck.Use.READING).orThrow());
    Checkpoint checkpoint = Checkpoint.read(options.mmDir(), options.iteration(), given, STAGES);
    ExpertParallel experts = new ExpertParallel(given.ep(), shape.text().experts());
    Map<String, TensorView> merged =
        checkpoint.join(checkpoint.division(family.stages(), table, experts), true, warnings);
    Map<String, TensorView> state = family.toHf(merged, shape, asked);
    prove(merged, state, shape);
    HfExport export = HfExport.plan(hf, state, family.tiedHead(shape), options.saveHfDir());
    return new ConversionPlan(
        family.converterName() + " mm_to_hf",
        OutputFolder.plain(options.saveHfDir()),
        export.files(),
        export.assets(),
        checkpoint.files(),
        Layouts.told(checkpoint.layout()),
        warnings);
  }

  private static void prove(
      Map<String, TensorView> merged, Map<String, TensorView> state, ModelShape shape) {
    Proof proof = new Proof().sources(merged.values());
    if (shape.text().tied() && merged.containsKey(Layouts.EMBEDDING)) {
      proof.repeated(merged.get(Layouts.EMBEDDING));
    }
    proof.check(state);
  }
}
