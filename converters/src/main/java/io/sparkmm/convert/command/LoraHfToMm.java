package io.sparkmm.convert.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.hf.HfFolder;
import io.sparkmm.convert.mm.RankFiles;
import io.sparkmm.convert.mm.RankGrid;
import io.sparkmm.convert.model.LoraFamily;
import io.sparkmm.convert.model.LoraNames;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.parallel.Division;
import io.sparkmm.convert.parallel.ExpertParallel;
import io.sparkmm.convert.parallel.LayoutCheck;
import io.sparkmm.convert.parallel.LayoutLimits;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.parallel.Pipeline;
import io.sparkmm.convert.parallel.TensorParallel;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.view.TensorView;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Plans {@code lora_hf_to_mm}. */
public final class LoraHfToMm {

  private static final String HF_DIR = "cfg.hf_config.hf_dir";

  /** Nothing is known but that no family with adapters has experts. */
  static final LayoutLimits LIMITS =
      new LayoutLimits(
          Map.of(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalLong.empty(),
          OptionalInt.of(0));

  private LoraHfToMm() {}

  /**
   * Plans the conversion; reads headers only. There is no configuration to check the lists of
   * layers with: adapters of layers past their end have no place.
   *
   * @throws ConvertException of kind USAGE with all that is wrong with the options, of kind DATA
   *     with all that is wrong with the adapters
   */
  public static ConversionPlan plan(ModelFamily family, LoraOptions options) {
    LoraFamily lora = family(family);
    ParallelLayout layout = options.parallel();
    List<String> warnings =
        LayoutCheck.check(layout, LIMITS, LayoutCheck.Use.writing(false)).orThrow();
    HfFolder hf = HfFolder.adapters(options.source(), HF_DIR);
    Map<String, TensorView> tensors = hf.tensors();
    Map<String, TensorView> merged = lora.toMerged(tensors, names(options));
    Proof proof = new Proof().sources(tensors.values());
    if (options.visionOnly()) {
      tensors.values().forEach(proof::unused);
    }
    proof.check(merged);
    TensorParallel sizes = TensorParallel.of(layout);
    Division division =
        new Division(
            Pipeline.of(layout, family.stages()), sizes, lora.tpTable(), ExpertParallel.NONE);
    RankGrid grid = new RankGrid(sizes.ranks(), layout.pp(), 1);
    return new ConversionPlan(
        family.converterName() + " lora_hf_to_mm",
        OutputFolder.release(options.target()),
        RankFiles.plan(grid, division.divide(merged)),
        List.of(),
        hf.files(),
        Layouts.told(layout),
        warnings);
  }

  static LoraFamily family(ModelFamily family) {
    return family
        .lora()
        .orElseThrow(
            () ->
                ConvertException.usage(family.converterName() + " does not support LoRA adapters"));
  }

  static LoraNames names(LoraOptions options) {
    return new LoraNames(options.modelPrefix(), options.newNames(), options.visionOnly());
  }
}
