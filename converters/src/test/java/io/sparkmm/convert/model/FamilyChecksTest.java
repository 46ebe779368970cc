package io.sparkmm.convert.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.TestTensors;
import io.sparkmm.convert.hf.HfFolder;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FamilyChecksTest {

  @TempDir private Path folder;
  private final ModelFamily family = new Qwen2VlFamily();
  private final Map<String, List<Long>> shapes = TinyQwen2Vl.shapes();
  private ObjectNode config;

  @BeforeEach
  void readConfig() throws IOException {
    config = (ObjectNode) new ObjectMapper().readTree(TinyQwen2Vl.CONFIG);
  }

  private Map<String, TensorView> tensors() {
    return TestTensors.write(folder.resolve("model.safetensors"), shapes);
  }

  private Map<String, TensorView> merged(FamilyOptions options) {
    return family.toMerged(tensors(), family.shape(config), options);
  }

  private static void assertData(ThrowingCallable call, String... problems) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ConvertException.class,
            e -> {
              assertThat(e.problems()).containsExactly(problems);
              assertThat(e.kind()).isEqualTo(ConvertException.Kind.DATA);
            });
  }

  @Test
  void listsAllMissingTensors() {
    shapes.remove("model.embed_tokens.weight");
    shapes.remove("model.layers.1.mlp.up_proj.weight");
    shapes.remove("visual.blocks.0.attn.proj.bias");
    shapes.remove("lm_head.weight");

    assertData(
        () -> merged(FamilyOptions.DEFAULT),
        "Cannot find 4 tensors of the model: visual.blocks.0.attn.proj.bias,"
            + " model.embed_tokens.weight, model.layers.1.mlp.up_proj.weight, lm_head.weight");
  }

  @Test
  void listsUnknownTensorsAndThoseOfLayersBeyondTheModel() {
    shapes.put("model.layers.2.mlp.up_proj.weight", List.of(16L, 8L));
    shapes.put("visual.blocks.2.norm1.bias", List.of(8L));
    shapes.put("model.layers.01.mlp.up_proj.weight", List.of(16L, 8L));
    shapes.put("score.weight", List.of(1L, 8L));

    assertData(
        () -> merged(FamilyOptions.DEFAULT),
        "Cannot place 2 tensors of layers that the model does not have by its config.json:"
            + " model.layers.2.mlp.up_proj.weight, visual.blocks.2.norm1.bias",
        "Cannot place 2 unknown tensors: model.layers.01.mlp.up_proj.weight, score.weight");
  }

  @Test
  void saysWhenNoNameIsKnown() {
    Map<String, List<Long>> old = new LinkedHashMap<>(shapes);
    shapes.clear();
    old.forEach((name, shape) -> shapes.put(name.replaceFirst("visual|model", "model.x"), shape));
    shapes.put("model.lm_head.weight", shapes.remove("lm_head.weight"));

    assertThatThrownBy(() -> merged(FamilyOptions.DEFAULT))
        .hasMessageContaining(
            "Cannot find 52 tensors of the model: visual.patch_embed.proj.weight,")
        .hasMessageContaining("and 32 more")
        .hasMessageContaining("Cannot place 58 unknown tensors: ")
        .hasMessageEndingWith(
            "None of the names belongs to Qwen2VLConverter, which reads names such as"
                + " visual.patch_embed.proj.weight");
  }

  @Test
  void leavesOutRotaryTables() {
    shapes.put("visual.rotary_pos_emb.inv_freq", List.of(2L));
    shapes.put("model.layers.0.self_attn.rotary_emb.inv_freq", List.of(2L));

    assertThat(merged(FamilyOptions.DEFAULT)).hasSize(48);
  }

  @Test
  void tellsEveryWrongShapeWithWhereTheRightOneComesFrom() {
    shapes.put("model.layers.0.self_attn.q_proj.weight", List.of(6L, 8L));
    shapes.put("visual.blocks.1.attn.qkv.bias", List.of(23L));
    shapes.put("model.norm.weight", List.of(1L, 8L));

    assertData(
        () -> merged(FamilyOptions.DEFAULT),
        "visual.blocks.1.attn.qkv.bias: expected shape [24] (E = 8 by vision_config.embed_dim),"
            + " got [23]",
        "model.norm.weight: expected shape [8] (D = 8 by hidden_size), got [1, 8]",
        "model.layers.0.self_attn.q_proj.weight: expected shape [8, 8]"
            + " (Q = 8 by num_attention_heads times a head, D = 8 by hidden_size), got [6, 8]");
  }

  @Test
  void takesSizesThatTheConfigurationDoesNotGiveFromTheFirstTensor() {
    config.remove("intermediate_size");
    config.remove("vocab_size");
    assertThat(merged(FamilyOptions.DEFAULT)).hasSize(48);

    shapes.put("model.layers.1.mlp.down_proj.weight", List.of(8L, 12L));
    assertData(
        () -> merged(FamilyOptions.DEFAULT),
        "model.layers.1.mlp.down_proj.weight: expected shape [8, 16] (D = 8 by hidden_size,"
            + " I = 16 by model.layers.0.mlp.gate_proj.weight), got [8, 12]");
  }

  @Test
  void requiresBiasesOfQueriesKeysAndValuesInAllLayersOrNone() {
    shapes.remove("model.layers.0.self_attn.k_proj.bias");
    assertData(
        () -> merged(FamilyOptions.DEFAULT),
        "Cannot find 1 tensors of the model: model.layers.0.self_attn.k_proj.bias");

    shapes.keySet().removeIf(name -> name.matches(".*self_attn.*bias"));
    assertThat(merged(FamilyOptions.DEFAULT)).hasSize(46);
  }

  @Test
  void tellsNamesOfBothSidesWhenAMergedTensorIsMissing() {
    Map<String, TensorView> merged = new LinkedHashMap<>(merged(FamilyOptions.DEFAULT));
    merged.remove("text_decoder.decoder.layers.1.mlp.linear_fc2.weight");

    assertData(
        () -> family.toHf(merged, family.shape(config), FamilyOptions.DEFAULT),
        "Cannot find 1 tensors of the model: text_decoder.decoder.layers.1.mlp.linear_fc2.weight"
            + " (model.layers.1.mlp.down_proj.weight)");
  }

  @Test
  void refusesMergedTensorsThatAreUnknown() {
    Map<String, TensorView> merged = new LinkedHashMap<>(merged(FamilyOptions.DEFAULT));
    merged.put("text_decoder.extra", merged.get("text_decoder.output_layer.weight"));

    assertData(
        () -> family.toHf(merged, family.shape(config), FamilyOptions.DEFAULT),
        "Cannot tell what these tensors are: text_decoder.extra");
  }

  @Test
  void takesTheVisionTowerOnly() {
    shapes.put("score.weight", List.of(1L, 8L));

    assertThat(merged(new FamilyOptions(false, true, false, 4)).keySet())
        .hasSize(31)
        .allMatch(name -> name.startsWith("image_encoder."));
  }

  @Test
  void keepsTheVisionTowersOfTheOtherFamilies() {
    for (String model : List.of("internvl-qwen2", "qwen3vl")) {
      HfFolder original = HfFolder.model(TestTensors.golden("models/" + model), "hf_dir");
      ModelFamily other = model.startsWith("internvl") ? new InternVlFamily() : new Qwen3VlFamily();
      ModelShape shape = other.shape(original.config());
      long vision =
          other.toMerged(original.tensors(), shape, FamilyOptions.DEFAULT).keySet().stream()
              .filter(name -> name.startsWith("image_encoder."))
              .count();

      assertThat(
              other
                  .toMerged(original.tensors(), shape, new FamilyOptions(false, true, false, 1))
                  .keySet())
          .hasSize((int) vision)
          .allMatch(name -> name.startsWith("image_encoder."));
    }
  }

  @Test
  void storesATiedOutputLayerOnSeveralDevicesOnly() {
    config.put("tie_word_embeddings", true);
    String output = "text_decoder.output_layer.weight";
    String embedding = "text_decoder.embedding.word_embeddings.weight";
    Map<String, TensorView> kept = merged(FamilyOptions.DEFAULT);
    assertThat(TestTensors.bytes(kept.get(output)))
        .isNotEqualTo(TestTensors.bytes(kept.get(embedding)));

    shapes.remove("lm_head.weight");
    assertThat(merged(FamilyOptions.DEFAULT)).doesNotContainKey(output);
    Map<String, TensorView> stored = merged(FamilyOptions.DEFAULT.withDevices(2));
    assertThat(stored.get(output)).isSameAs(stored.get(embedding));
    assertThat(family.tiedHead(family.shape(config))).contains("lm_head.weight");
    assertThat(
            family
                .toHf(merged(FamilyOptions.DEFAULT), family.shape(config), FamilyOptions.DEFAULT)
                .keySet())
        .contains("lm_head.weight");
  }

  @Test
  void doesWithoutProjectorWhenTheLanguageModelIsReplaced() {
    Map<String, TensorView> vision = tensors();
    Map<String, TensorView> both =
        HfFolder.withLanguageModel(
            vision,
            TestTensors.write(
                folder.resolve("llm.safetensors"),
                only(shapes, name -> name.startsWith("model."))));

    Map<String, TensorView> merged =
        family.toMerged(both, family.shape(config), new FamilyOptions(false, false, true, 1));

    assertThat(merged).hasSize(42).containsKey("text_decoder.output_layer.weight");
    assertData(
        () -> family.toMerged(both, family.shape(config), FamilyOptions.DEFAULT),
        "Cannot find 6 tensors of the model: visual.merger.ln_q.weight, visual.merger.ln_q.bias,"
            + " visual.merger.mlp.0.weight, visual.merger.mlp.0.bias, visual.merger.mlp.2.weight,"
            + " visual.merger.mlp.2.bias");
  }

  private static Map<String, List<Long>> only(
      Map<String, List<Long>> shapes, java.util.function.Predicate<String> wanted) {
    Map<String, List<Long>> result = new LinkedHashMap<>(shapes);
    result.keySet().removeIf(wanted.negate());
    return result;
  }

  @Test
  void refusesOptionsThatAFamilyDoesNotKnow() {
    HfFolder original = HfFolder.model(TestTensors.golden("models/qwen3vl"), "hf_dir");
    ModelFamily other = new Qwen3VlFamily();
    ModelShape shape = other.shape(original.config());

    assertThatThrownBy(
            () ->
                other.toMerged(
                    original.tensors(), shape, FamilyOptions.DEFAULT.withCanonical(true)))
        .hasMessage(
            "cfg.common_model_config.enable_canonical_hf_struct: Qwen3VLMegatronConverter does not"
                + " know it");
    assertThatThrownBy(
            () ->
                other.toMerged(original.tensors(), shape, new FamilyOptions(false, false, true, 1)))
        .hasMessage(
            "cfg.common_model_config.llm_hf_dir: Qwen3VLMegatronConverter does not know it");
  }
}
