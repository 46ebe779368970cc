package io.sparkmm.convert.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.hf.HfExport;
import io.sparkmm.convert.model.LoraFamily;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.parallel.ExpertParallel;
import io.sparkmm.convert.parallel.LayoutCheck;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Plans {@code lora_mm_to_hf}. */
public final class LoraMmToHf {

  private static final String STAGES = "cfg.parallel_config.llm_pp_layers";

  private LoraMmToHf() {}

  /**
   * Plans the conversion; reads headers only.
   *
   * @throws ConvertException of kind USAGE with all that is wrong with the options, of kind DATA
   *     with all that is wrong with the checkpoint
   */
  public static ConversionPlan plan(ModelFamily family, LoraOptions options) {
    LoraFamily lora = LoraHfToMm.family(family);
    List<String> warnings =
        new ArrayList<>(
            LayoutCheck.check(options.parallel(), LoraHfToMm.LIMITS, LayoutCheck.Use.READING)
                .orThrow());
    Checkpoint checkpoint =
        Checkpoint.read(options.source(), options.iteration(), options.parallel(), STAGES);
    Map<String, TensorView> merged =
        checkpoint.join(
            checkpoint.division(family.stages(), lora.tpTable(), ExpertParallel.NONE),
            false,
            warnings);
    Map<String, TensorView> state = lora.toHf(merged, LoraHfToMm.names(options));
    new Proof().sources(merged.values()).check(state);
    return new ConversionPlan(
        family.converterName() + " lora_mm_to_hf",
        OutputFolder.plain(options.target()),
        List.of(HfExport.adapters(state)),
        List.of(),
        checkpoint.files(),
        Layouts.told(checkpoint.layout()),
        warnings);
  }
}
