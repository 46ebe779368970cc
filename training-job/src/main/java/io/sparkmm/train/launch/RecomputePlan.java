package io.sparkmm.train.launch;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.Fsdp2Config;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.RecomputeGranularity;
import io.sparkmm.conf.RecomputeMethod;
import io.sparkmm.conf.RecomputeOptions;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.conf.pattern.ModulePattern;
import io.sparkmm.conf.pattern.ModuleSelection;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.recompute.Recompute;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Which modules are recomputed in the backward pass, as it travels to the workers.
 *
 * <p>There are two ways to ask for it: {@code recompute_modules} of the FSDP2 configuration, or
 * {@code recompute_granularity full} of the model's parts and of the launch arguments, which stands
 * for all their layers or the first ones. Both at once are refused when the configuration is read.
 *
 * @param modules patterns of modules
 * @param reentrant whether a module needs an input that requires a gradient
 */
public record RecomputePlan(List<String> modules, boolean reentrant) implements Serializable {
  private static final String TEXT_LAYERS = "model.layers";
  private static final String VISION_LAYERS = "visual.blocks";

  public RecomputePlan {
    modules = List.copyOf(modules);
  }

  /** What a configuration asks for. */
  static RecomputePlan of(TrainingConfiguration configuration) {
    Fsdp2Config fsdp2 = configuration.fsdp2();
    if (!fsdp2.recomputeModules().isEmpty()) {
      return new RecomputePlan(
          fsdp2.recomputeModules().stream().map(ModulePattern::text).toList(),
          fsdp2.useReentrant());
    }
    ModelConfig model = configuration.model();
    RecomputeOptions launch = configuration.launch().recompute();
    List<String> modules = new ArrayList<>();
    if (model.initFromHfPath().isEmpty()) {
      addLayers(modules, VISION_LAYERS, model.visionEncoder().recompute(), launch);
      addLayers(modules, TEXT_LAYERS, model.textDecoder().recompute(), launch);
    } else {
      addLayers(modules, VISION_LAYERS, launch, launch);
      addLayers(modules, TEXT_LAYERS, launch, launch);
    }
    // This way of asking knows no condition on inputs.
    return new RecomputePlan(modules, false);
  }

  private static void addLayers(
      List<String> modules, String path, RecomputeOptions own, RecomputeOptions fallback) {
    RecomputeOptions options = own.isSet() ? own : fallback;
    if (!options.isSet()) {
      return;
    }
    boolean all =
        options.recomputeMethod().orElse(RecomputeMethod.UNIFORM) == RecomputeMethod.UNIFORM;
    modules.add(
        all ? path + ".{*}" : path + ".{0-" + (options.recomputeNumLayers().orElse(1) - 1) + "}");
  }

  /** Settings that this release cannot follow. */
  static List<ConfigProblem> unsupported(TrainingConfiguration configuration) {
    List<ConfigProblem> problems = new ArrayList<>();
    String model = configuration.launch().sources().mmModel().orElse("model");
    String full =
        configuration.launch().lora().loraTargetModules().isEmpty()
            ? "must be full"
            : "must be full with --lora-target-modules";
    check(
        problems,
        new Place(LaunchArguments.FILE, "--recompute-", "-", full),
        configuration.launch().recompute());
    if (configuration.model().initFromHfPath().isEmpty()) {
      check(
          problems,
          new Place(model, "text_decoder.recompute_", "_", full),
          configuration.model().textDecoder().recompute());
      check(
          problems,
          new Place(model, "image_encoder.vision_encoder.recompute_", "_", full),
          configuration.model().visionEncoder().recompute());
    }
    return problems;
  }

  /** Where options stand, how their names are made, and what the granularity has to be. */
  private record Place(String file, String key, String dash, String full) {}

  private static void check(List<ConfigProblem> problems, Place place, RecomputeOptions given) {
    if (!given.isSet()) {
      return;
    }
    if (given.recomputeGranularity().filter(RecomputeGranularity.FULL::equals).isEmpty()) {
      problems.add(
          new ConfigProblem(
              place.file(),
              place.key() + "granularity",
              given.recomputeGranularity().map(RecomputeGranularity::text).orElse(""),
              place.full()
                  + "; name other modules in recompute_modules of the FSDP2 configuration"
                  + " (not supported in this release)"));
    }
    boolean uniform =
        given.recomputeMethod().orElse(RecomputeMethod.UNIFORM) == RecomputeMethod.UNIFORM;
    if (uniform && given.recomputeNumLayers().orElse(1) != 1) {
      problems.add(
          new ConfigProblem(
              place.file(),
              place.key() + "num" + place.dash() + "layers",
              Integer.toString(given.recomputeNumLayers().getAsInt()),
              "must be 1 with the method uniform: every layer is recomputed on its own (not"
                  + " supported in this release)"));
    }
  }

  /** What the patterns select in a model. */
  ModuleSelection select(TrainableModel model) {
    return ShardingPlan.select(modules, model);
  }

  /**
   * Makes the modules of a model be recomputed.
   *
   * @throws LaunchException if a pattern matches nothing
   */
  void apply(TrainableModel model) {
    Recompute.apply(
        model,
        ShardingPlan.require(select(model), "recompute", "recompute_modules"),
        reentrant ? Recompute.Form.REENTRANT : Recompute.Form.NON_REENTRANT);
  }
}
