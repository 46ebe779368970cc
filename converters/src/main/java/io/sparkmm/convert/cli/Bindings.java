package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Settings;
import io.sparkmm.convert.command.HfToMmOptions;
import io.sparkmm.convert.command.LoraOptions;
import io.sparkmm.convert.command.MmToHfOptions;
import io.sparkmm.convert.command.ResplitOptions;
import io.sparkmm.convert.parallel.ParallelLayout;
import java.util.List;
import java.util.Optional;

/** Settings as the typed options that plans are made from. */
final class Bindings {

  private static final String COMMON = "cfg.common_model_config.";
  private static final String CANONICAL = COMMON + "enable_canonical_hf_struct";

  private Bindings() {}

  static HfToMmOptions hfToMm(Settings settings, boolean edgeCloud) {
    return new HfToMmOptions(
        settings.path("cfg.mm_dir"),
        layout(settings, "cfg.parallel_config"),
        settings.path("cfg.hf_config.hf_dir"),
        settings.pathIfAny(COMMON + "llm_hf_dir"),
        settings.flag("cfg.save_vit_only"),
        canonical(settings),
        edgeCloud);
  }

  static MmToHfOptions mmToHf(Settings settings) {
    return new MmToHfOptions(
        settings.path("cfg.mm_dir"),
        iteration(settings),
        layout(settings, "cfg.parallel_config"),
        settings.path("cfg.hf_config.hf_dir"),
        settings.path("cfg.save_hf_dir"),
        canonical(settings));
  }

  static ResplitOptions resplit(Settings settings) {
    return new ResplitOptions(
        settings.path("cfg.source_dir"),
        iteration(settings),
        layout(settings, "cfg.source_parallel_config"),
        settings.path("cfg.target_dir"),
        layout(settings, "cfg.target_parallel_config"));
  }

  static LoraOptions loraHfToMm(Settings settings) {
    return new LoraOptions(
        settings.path("cfg.hf_config.hf_dir"),
        Optional.empty(),
        layout(settings, "cfg.parallel_config"),
        settings.path("cfg.mm_dir"),
        settings.textIfAny(COMMON + "model_prefix").orElse(""),
        settings.flag(COMMON + "new_transformers_weight_key"),
        settings.flag("cfg.save_vit_only"));
  }

  static LoraOptions loraMmToHf(Settings settings) {
    return new LoraOptions(
        settings.path("cfg.mm_dir"),
        iteration(settings),
        layout(settings, "cfg.parallel_config"),
        settings.path("cfg.save_hf_dir"),
        settings.textIfAny(COMMON + "model_prefix").orElse(""),
        settings.flag(COMMON + "new_transformers_weight_key"),
        false);
  }

  /** The parallel sizes of a group of options; flat lists become one inner list. */
  static ParallelLayout layout(Settings settings, String group) {
    Optional<List<List<Integer>>> audio =
        settings.has(group + ".audio_pp_layers")
            ? Optional.of(settings.integerLists(group + ".audio_pp_layers"))
            : Optional.empty();
    return new ParallelLayout(
        settings.integerLists(group + ".llm_pp_layers"),
        settings.integerLists(group + ".vit_pp_layers"),
        audio,
        settings.integer(group + ".tp_size"),
        settings.integer(group + ".vit_tp_size", 0),
        settings.integer(group + ".audio_tp_size", 0),
        settings.integer(group + ".ep_size", 1));
  }

  private static Optional<String> iteration(Settings settings) {
    return settings.textIfAny(SharedOptions.ITERATION);
  }

  private static boolean canonical(Settings settings) {
    return settings.has(CANONICAL) && settings.flag(CANONICAL);
  }
}
