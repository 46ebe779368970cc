package io.sparkmm.convert.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.model.ModelFamilies;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HfToMmTest {

  @TempDir Path folder;
  private final ModelFamily family = ModelFamilies.standard().family("Qwen2VLConverter");
  private final TinyHf model = TinyHf.workedExample();

  private static ParallelLayout layout(List<Integer> text, List<Integer> vision, int tp) {
    return new ParallelLayout(List.of(text), List.of(vision), Optional.empty(), tp, 0, 0, 1);
  }

  private HfToMmOptions options(ParallelLayout layout) {
    return new HfToMmOptions(
        folder.resolve("mm"),
        layout,
        model.write(folder.resolve("hf")),
        Optional.empty(),
        false,
        false,
        false);
  }

  private ConvertException failure(ParallelLayout layout) {
    List<ConvertException> failures = new ArrayList<>();
    assertThatThrownBy(() -> HfToMm.plan(family, options(layout)))
        .isInstanceOfSatisfying(ConvertException.class, failures::add);
    return failures.get(0);
  }

  @Test
  void plansEveryFileWithItsLayout() {
    ConversionPlan plan = HfToMm.plan(family, options(layout(List.of(1, 1), List.of(2, 0), 2)));

    assertThat(plan.title()).isEqualTo("Qwen2VLConverter hf_to_mm");
    assertThat(plan.files())
        .extracting(PlannedFile::path)
        .containsExactly(
            "mp_rank_00_000/model_optim_rng.pt",
            "mp_rank_00_001/model_optim_rng.pt",
            "mp_rank_01_000/model_optim_rng.pt",
            "mp_rank_01_001/model_optim_rng.pt");
    assertThat(plan.output().files()).isEqualTo(folder.resolve("mm/release"));
    assertThat(plan.sources()).containsExactly(folder.resolve("hf/model.safetensors"));
    assertThat(plan.layout())
        .containsAllEntriesOf(
            Map.of(
                "tp_size", "2",
                "pp_size", "2",
                "vpp_size", "1",
                "llm_pp_layers", "[[1,1]]",
                "vit_pp_layers", "[[2,0]]"));
  }

  @Test
  void allProblemsOfTheOptionsAreToldAtOnce() {
    ConvertException failure = failure(layout(List.of(1, 2), List.of(1, 2), 3));

    assertThat(failure.kind()).isEqualTo(ConvertException.Kind.USAGE);
    assertThat(failure.problems())
        .hasSize(6)
        .contains(
            "cfg.parallel_config.tp_size 3: the 2 key/value heads (num_key_value_heads) of the"
                + " model are not divisible by it");
  }

  @Test
  void aSizeThatDoesNotDivideATensorIsTold() {
    model.config.put("intermediate_size", 18);
    for (int layer = 0; layer < 2; layer++) {
      String at = "model.layers." + layer + ".mlp.";
      model.add(TensorSpec.of(at + "gate_proj.weight", DType.BF16, 17, 8));
      model.add(TensorSpec.of(at + "up_proj.weight", DType.BF16, 17, 8));
      model.add(TensorSpec.of(at + "down_proj.weight", DType.BF16, 8, 17));
    }
    model.config.put("intermediate_size", 17);

    ConvertException failure = failure(layout(List.of(2), List.of(2), 2));

    assertThat(failure.kind()).isEqualTo(ConvertException.Kind.DATA);
    assertThat(failure.problems())
        .containsExactlyInAnyOrder(
            "Cannot divide text_decoder.decoder.layers.0.mlp.linear_fc1.weight: dim 0 of size 34 is"
                + " not divisible by tp 2 twice (gate and up)",
            "Cannot divide text_decoder.decoder.layers.0.mlp.linear_fc2.weight: dim 1 of size 17 is"
                + " not divisible by tp 2",
            "Cannot divide text_decoder.decoder.layers.1.mlp.linear_fc1.weight: dim 0 of size 34 is"
                + " not divisible by tp 2 twice (gate and up)",
            "Cannot divide text_decoder.decoder.layers.1.mlp.linear_fc2.weight: dim 1 of size 17 is"
                + " not divisible by tp 2");
  }

  @Test
  void aTensorOfUnexpectedShapeIsTold() {
    model.add(TensorSpec.of("model.layers.0.self_attn.q_proj.weight", DType.BF16, 6, 8));

    ConvertException failure = failure(layout(List.of(2), List.of(2), 1));

    assertThat(failure.kind()).isEqualTo(ConvertException.Kind.DATA);
    assertThat(failure)
        .hasMessageContaining("model.layers.0.self_attn.q_proj.weight")
        .hasMessageContaining("[6, 8]")
        .hasMessageContaining("[8, 8]");
  }

  @Test
  void missingPartsAndTensorsAreTold() {
    model
        .without("model.layers.1.self_attn.k_proj.weight")
        .without("model.layers.0.mlp.up_proj.weight")
        .without("model.norm.weight")
        .without("lm_head.weight");

    ConvertException failure = failure(layout(List.of(2), List.of(2), 1));

    assertThat(failure.kind()).isEqualTo(ConvertException.Kind.DATA);
    assertThat(failure)
        .hasMessageContaining("model.layers.1.self_attn.k_proj.weight")
        .hasMessageContaining("model.layers.0.mlp.up_proj.weight")
        .hasMessageContaining("model.norm.weight")
        .hasMessageContaining("lm_head.weight");
  }

  @Test
  void unknownTensorsAreTold() {
    model.add(TensorSpec.of("model.language_model.norm.weight", DType.BF16, 8));

    ConvertException failure = failure(layout(List.of(2), List.of(2), 1));

    assertThat(failure.kind()).isEqualTo(ConvertException.Kind.DATA);
    assertThat(failure).hasMessageContaining("model.language_model.norm.weight");
  }

  @Test
  void layersPastThoseOfTheConfigurationAreTold() {
    model.add(TensorSpec.of("model.layers.2.input_layernorm.weight", DType.BF16, 8));

    ConvertException failure = failure(layout(List.of(2), List.of(2), 1));

    assertThat(failure.kind()).isEqualTo(ConvertException.Kind.DATA);
    assertThat(failure).hasMessageContaining("model.layers.2.input_layernorm.weight");
  }

  @Test
  void tablesOfRotaryPositionsAreLeftOut() {
    model.add(TensorSpec.of("model.layers.0.self_attn.rotary_emb.inv_freq", DType.F32, 1));

    ConversionPlan plan = HfToMm.plan(family, options(layout(List.of(2), List.of(2), 1)));

    assertThat(plan.files().get(0).layout().tensors())
        .noneMatch(place -> place.name().contains("inv_freq"));
  }

  @Test
  void dividingACanonicalVisionTowerIsWorthAWarning() {
    HfToMmOptions options = options(layout(List.of(2), List.of(2), 2));
    HfToMmOptions canonical =
        new HfToMmOptions(
            options.mmDir(),
            options.parallel(),
            options.hfDir(),
            Optional.empty(),
            false,
            true,
            false);

    assertThat(HfToMm.plan(family, canonical).warnings())
        .containsExactly(
            "enable_canonical_hf_struct with 2 tensor parallel ranks of the vision tower: its"
                + " linear_qkv is divided by plain rows, so that a rank does not hold q, k and v of"
                + " whole heads");
  }

  @Test
  void aTiedHeadSharesTheElementsOfItsEmbeddingInOneFile() {
    model.without("lm_head.weight").config.put("tie_word_embeddings", true);
    ParallelLayout layout =
        new ParallelLayout(
            List.of(List.of(0, 0), List.of(1, 1), List.of(0, 0)),
            List.of(List.of(2, 0), List.of(0, 0), List.of(0, 0)),
            Optional.empty(),
            2,
            0,
            0,
            1);
    HfToMmOptions asked = options(layout);
    HfToMmOptions edgeCloud =
        new HfToMmOptions(
            asked.mmDir(), layout, asked.hfDir(), Optional.empty(), false, false, true);

    ConversionPlan plan =
        HfToMm.plan(ModelFamilies.standard().family("Qwen2VLConverter"), edgeCloud);
    PlanExecutor.execute(plan, ExecutionOptions.defaults());

    Path file = folder.resolve("mm/release/mp_rank_01_000/model_optim_rng.pt");
    var content = RankTensors.read(file);
    assertThat(content.get("model1")).containsKey("text_decoder.embedding.word_embeddings.weight");
    assertThat(content.get("model2").get("text_decoder.output_layer.weight").bytes())
        .isEqualTo(
            content.get("model1").get("text_decoder.embedding.word_embeddings.weight").bytes());
    assertThat(plan.files().get(2).layout().tensors())
        .noneMatch(place -> place.name().contains("output_layer"));
  }
}
