package io.sparkmm.convert.model;

import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.parallel.TpRule;
import java.util.List;
import java.util.Optional;

/** Qwen2.5-VL: as Qwen2-VL, but the vision tower has RMS norms and a gated MLP with biases. */
public final class Qwen25VlFamily extends Qwen2VlFamily {

  @Override
  public String converterName() {
    return "Qwen2_5_VLConverter";
  }

  @Override
  String widthKey() {
    return "hidden_size";
  }

  @Override
  int defaultWidth() {
    return 3584;
  }

  @Override
  void mlpSizes(Sizes sizes, VisionShape vision, ConfigReader config) {
    sizes.put("F", config.size("intermediate_size"), "vision_config.intermediate_size");
  }

  @Override
  void vision(Rules.Scope layers, FamilyOptions options) {
    layers
        .rename("norm1.weight", "input_layernorm.weight", "E")
        .rename("norm2.weight", "pre_mlp_layernorm.weight", "E")
        .linear("mlp.down_proj", "mlp.linear_fc2", "E", "F");
    if (options.canonical()) {
      layers
          .linear("mlp.gate_proj", "mlp.gate_proj", "F", "E")
          .linear("mlp.up_proj", "mlp.up_proj", "F", "E");
    } else {
      layers
          .mergeRows(
              List.of("mlp.gate_proj.weight", "mlp.up_proj.weight"), "mlp.linear_fc1.weight", "F E")
          .mergeRows(List.of("mlp.gate_proj.bias", "mlp.up_proj.bias"), "mlp.linear_fc1.bias", "F");
    }
  }

  @Override
  void projectorNorm(Rules.Scope projector) {
    projector.rename("ln_q.weight", "layernorm.weight", "E");
  }

  @Override
  List<TpRule> visionMlpTp(boolean canonical) {
    return List.of(
        canonical
            ? TpRule.of(QwenVisionRules.LAYER + "mlp.{gate|up}_proj.{p}", TensorSplit.ROW)
            : TpRule.of(QwenVisionRules.LAYER + "mlp.linear_fc1.{p}", TensorSplit.GLU));
  }

  @Override
  public Optional<LoraFamily> lora() {
    return Optional.of(new Qwen25VlLora());
  }
}
