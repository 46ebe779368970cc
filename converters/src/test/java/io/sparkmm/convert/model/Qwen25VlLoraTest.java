package io.sparkmm.convert.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.TestTensors;
import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Qwen25VlLoraTest {

  private static final LoraNames PLAIN = new LoraNames("", false, false);

  @TempDir private Path folder;
  private final LoraFamily lora = new Qwen25VlFamily().lora().orElseThrow();

  private static final Map<String, String> MODULES = new LinkedHashMap<>();

  static {
    MODULES.put(
        "visual.blocks.3.attn.proj",
        "image_encoder.encoder.blocks.layers.3.self_attention.linear_proj");
    MODULES.put(
        "visual.blocks.3.attn.qkv",
        "image_encoder.encoder.blocks.layers.3.self_attention.linear_qkv");
    MODULES.put(
        "visual.blocks.3.mlp.gate_proj", "image_encoder.encoder.blocks.layers.3.mlp.gate_proj");
    MODULES.put("visual.blocks.3.mlp.up_proj", "image_encoder.encoder.blocks.layers.3.mlp.up_proj");
    MODULES.put(
        "visual.blocks.3.mlp.down_proj", "image_encoder.encoder.blocks.layers.3.mlp.linear_fc2");
    MODULES.put(
        "model.layers.0.self_attn.q_proj", "text_decoder.decoder.layers.0.self_attention.q_proj");
    MODULES.put(
        "model.layers.0.self_attn.k_proj", "text_decoder.decoder.layers.0.self_attention.k_proj");
    MODULES.put(
        "model.layers.0.self_attn.v_proj", "text_decoder.decoder.layers.0.self_attention.v_proj");
    MODULES.put(
        "model.layers.0.self_attn.o_proj",
        "text_decoder.decoder.layers.0.self_attention.linear_proj");
    MODULES.put("model.layers.0.mlp.gate_proj", "text_decoder.decoder.layers.0.mlp.gate_proj");
    MODULES.put("model.layers.0.mlp.up_proj", "text_decoder.decoder.layers.0.mlp.up_proj");
    MODULES.put("model.layers.0.mlp.down_proj", "text_decoder.decoder.layers.0.mlp.linear_fc2");
  }

  private Map<String, TensorView> adapters(String text, String vision) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (String module : MODULES.keySet()) {
      String name =
          module.startsWith("visual.")
              ? vision + module.substring("visual.".length())
              : text + module.substring("model.".length());
      shapes.put(name + ".lora_A.weight", List.of(2L, 8L));
      shapes.put(name + ".lora_B.weight", List.of(8L, 2L));
    }
    return TestTensors.write(folder.resolve("adapter_model.safetensors"), shapes);
  }

  @Test
  void renamesEveryModuleThereAndBack() {
    Map<String, TensorView> hf = adapters("model.", "visual.");

    Map<String, TensorView> merged = lora.toMerged(hf, PLAIN);

    MODULES.forEach(
        (from, to) -> {
          for (String kind : List.of("A", "B")) {
            assertThat(merged.get(to + ".lora_" + kind + ".default.weight"))
                .as(from)
                .isSameAs(hf.get(from + ".lora_" + kind + ".weight"));
          }
        });
    assertThat(merged).hasSize(hf.size());
    assertThat(lora.toHf(merged, PLAIN)).isEqualTo(hf);
  }

  @Test
  void knowsPrefixesAndNewNames() {
    LoraNames names = new LoraNames("base_model.model.", true, false);
    Map<String, TensorView> hf =
        adapters("base_model.model.model.language_model.", "base_model.model.model.visual.");

    Map<String, TensorView> merged = lora.toMerged(hf, names);

    assertThat(merged.keySet())
        .containsExactlyInAnyOrderElementsOf(
            lora.toMerged(adapters("model.", "visual."), PLAIN).keySet());
    assertThat(lora.toHf(merged, names)).isEqualTo(hf);
    assertThat(lora.toMerged(hf, new LoraNames("base_model.model.", true, true)))
        .hasSize(10)
        .allSatisfy((name, view) -> assertThat(name).startsWith("image_encoder."));
  }

  @Test
  void saysWhichOptionsNamesDependOn() {
    Map<String, TensorView> hf = adapters("base_model.model.model.", "base_model.model.visual.");

    assertThatThrownBy(() -> lora.toMerged(hf, PLAIN))
        .hasMessageContaining("base_model.model.visual.blocks.3.attn.proj.lora_A.weight")
        .hasMessageContaining(
            "Names are expected to begin with visual.blocks. or model.layers.: see model_prefix"
                + " and new_transformers_weight_key of common_model_config");
  }

  @Test
  void refusesAnAdapterWithoutItsOtherHalf() {
    Map<String, TensorView> hf = new LinkedHashMap<>(adapters("model.", "visual."));
    hf.remove("model.layers.0.mlp.up_proj.lora_A.weight");

    assertThatThrownBy(() -> lora.toMerged(hf, PLAIN))
        .hasMessage(
            "Cannot find model.layers.0.mlp.up_proj.lora_A.weight, which belongs to"
                + " model.layers.0.mlp.up_proj.lora_B.weight");
    assertThatThrownBy(() -> lora.toHf(Map.of(), PLAIN)).hasMessage("Cannot find any adapter");
  }

  @Test
  void dividesTheSideThatTheLayerDivides() {
    String text = "text_decoder.decoder.layers.0.";

    assertThat(lora.tpTable().split(text + "self_attention.k_proj.lora_B.default.weight"))
        .isEqualTo(TensorSplit.ROW);
    assertThat(lora.tpTable().split(text + "self_attention.k_proj.lora_A.default.weight"))
        .isEqualTo(TensorSplit.WHOLE);
    assertThat(lora.tpTable().split(text + "mlp.linear_fc2.lora_A.default.weight"))
        .isEqualTo(TensorSplit.COL);
    assertThat(lora.tpTable().split(text + "mlp.linear_fc2.lora_B.default.weight"))
        .isEqualTo(TensorSplit.WHOLE);
  }
}
