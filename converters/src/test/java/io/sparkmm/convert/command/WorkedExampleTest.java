package io.sparkmm.convert.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.command.RankTensors.Found;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.model.ModelFamilies;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.safetensors.CheckpointFolder;
import io.sparkmm.convert.tensor.TensorRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A Qwen2-VL of two layers on two tensor parallel ranks and two stages, down to single rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkedExampleTest {

  private static final String VISION = "image_encoder.encoder.blocks.layers.";
  private static final String TEXT = "text_decoder.decoder.layers.0.";

  private final TinyHf model = TinyHf.workedExample();
  private final ModelFamily family = ModelFamilies.standard().family("Qwen2VLConverter");
  private Path folder;
  private Path hf;
  private Path mm;

  static ParallelLayout layout(List<Integer> text, List<Integer> vision, int tp) {
    return new ParallelLayout(List.of(text), List.of(vision), Optional.empty(), tp, 0, 0, 1);
  }

  @BeforeAll
  void convert(@TempDir Path temp) {
    folder = temp;
    hf = model.write(temp.resolve("hf"));
    mm = temp.resolve("mm");
    ConversionPlan plan =
        HfToMm.plan(
            family,
            new HfToMmOptions(
                mm,
                layout(List.of(1, 1), List.of(2, 0), 2),
                hf,
                Optional.empty(),
                false,
                false,
                false));
    PlanExecutor.execute(plan, ExecutionOptions.defaults());
  }

  private Map<String, Found> rank(int tp, int pp) {
    return RankTensors.model(
        mm.resolve("release").resolve("mp_rank_0" + tp + "_00" + pp).resolve("model_optim_rng.pt"));
  }

  /** The rows of a tensor of the original, one after the other. */
  private byte[] rows(String name, int... rows) {
    byte[] content = model.content(name);
    int length = content.length / (int) (long) model.specs.get(name).shape().get(0);
    ByteBuffer result = ByteBuffer.allocate(rows.length * length);
    for (int row : rows) {
      result.put(content, row * length, length);
    }
    return result.array();
  }

  private static int[] range(int from, int to) {
    return IntStream.range(from, to).toArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteBuffer result = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(p -> p.length).sum());
    Arrays.stream(parts).forEach(result::put);
    return result.array();
  }

  @Test
  void writesARankFolderPerRankAndTheTrackerFile() throws IOException {
    assertThat(RankTensors.files(mm, "").keySet())
        .contains(
            "latest_checkpointed_iteration.txt",
            "release/mp_rank_00_000/model_optim_rng.pt",
            "release/mp_rank_00_001/model_optim_rng.pt",
            "release/mp_rank_01_000/model_optim_rng.pt",
            "release/mp_rank_01_001/model_optim_rng.pt");
    assertThat(Files.readAllBytes(mm.resolve("latest_checkpointed_iteration.txt")))
        .isEqualTo("release".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  @Test
  void theFirstStageHasTheVisionTowerAndOneLayer() {
    for (int tp = 0; tp < 2; tp++) {
      Map<String, Found> rank = rank(tp, 0);
      assertThat(rank).hasSize(39);
      assertShape(rank, "image_encoder.encoder.patch_embed.proj.weight", 8, 3, 2, 2, 2);
      for (int layer = 0; layer < 2; layer++) {
        String at = VISION + layer + ".";
        assertShape(rank, at + "input_layernorm.weight", 8);
        assertShape(rank, at + "pre_mlp_layernorm.bias", 8);
        assertShape(rank, at + "self_attention.linear_qkv.weight", 12, 8);
        assertShape(rank, at + "self_attention.linear_qkv.bias", 12);
        assertShape(rank, at + "self_attention.linear_proj.weight", 8, 4);
        assertShape(rank, at + "self_attention.linear_proj.bias", 8);
        assertShape(rank, at + "mlp.linear_fc1.weight", 8, 8);
        assertShape(rank, at + "mlp.linear_fc1.bias", 8);
        assertShape(rank, at + "mlp.linear_fc2.weight", 8, 8);
        assertShape(rank, at + "mlp.linear_fc2.bias", 8);
      }
      assertShape(rank, "image_encoder.projector.layernorm.weight", 8);
      assertShape(rank, "image_encoder.projector.encoder.linear_fc1.weight", 16, 32);
      assertShape(rank, "image_encoder.projector.encoder.linear_fc1.bias", 16);
      assertShape(rank, "image_encoder.projector.encoder.linear_fc2.weight", 8, 16);
      assertShape(rank, "image_encoder.projector.encoder.linear_fc2.bias", 8);
      assertShape(rank, "text_decoder.embedding.word_embeddings.weight", 16, 8);
      assertLayer(rank);
    }
  }

  @Test
  void theSecondStageHasOneLayerAndTheHead() {
    for (int tp = 0; tp < 2; tp++) {
      Map<String, Found> rank = rank(tp, 1);
      assertThat(rank).hasSize(9);
      assertLayer(rank);
      assertShape(rank, "text_decoder.decoder.final_layernorm.weight", 8);
      assertShape(rank, "text_decoder.output_layer.weight", 16, 8);
    }
  }

  private static void assertLayer(Map<String, Found> rank) {
    assertShape(rank, TEXT + "input_layernorm.weight", 8);
    assertShape(rank, TEXT + "pre_mlp_layernorm.weight", 8);
    assertShape(rank, TEXT + "self_attention.linear_qkv.weight", 8, 8);
    assertShape(rank, TEXT + "self_attention.linear_qkv.bias", 8);
    assertShape(rank, TEXT + "self_attention.linear_proj.weight", 8, 4);
    assertShape(rank, TEXT + "mlp.linear_fc1.weight", 16, 8);
    assertShape(rank, TEXT + "mlp.linear_fc2.weight", 8, 8);
  }

  private static void assertShape(Map<String, Found> rank, String name, long... shape) {
    assertThat(rank).containsKey(name);
    assertThat(rank.get(name).shape()).as(name).isEqualTo(Arrays.stream(shape).boxed().toList());
  }

  @Test
  void queryGroupsStayTogether() {
    String at = "model.layers.1.self_attn.";
    for (String kind : List.of("weight", "bias")) {
      String name = TEXT + "self_attention.linear_qkv." + kind;
      assertThat(rank(0, 1).get(name).bytes())
          .isEqualTo(
              joined(
                  rows(at + "q_proj." + kind, range(0, 4)),
                  rows(at + "k_proj." + kind, 0, 1),
                  rows(at + "v_proj." + kind, 0, 1)));
      assertThat(rank(1, 1).get(name).bytes())
          .isEqualTo(
              joined(
                  rows(at + "q_proj." + kind, range(4, 8)),
                  rows(at + "k_proj." + kind, 2, 3),
                  rows(at + "v_proj." + kind, 2, 3)));
    }
  }

  @Test
  void gateComesBeforeUpOnEachRank() {
    String name = TEXT + "mlp.linear_fc1.weight";
    String gate = "model.layers.0.mlp.gate_proj.weight";
    String up = "model.layers.0.mlp.up_proj.weight";

    assertThat(rank(0, 0).get(name).bytes())
        .isEqualTo(joined(rows(gate, range(0, 8)), rows(up, range(0, 8))));
    assertThat(rank(1, 0).get(name).bytes())
        .isEqualTo(joined(rows(gate, range(8, 16)), rows(up, range(8, 16))));
  }

  @Test
  void headsOfTheVisionTowerStayTogether() {
    String name = VISION + "1.self_attention.linear_qkv.weight";
    String whole = "visual.blocks.1.attn.qkv.weight";

    assertThat(rank(0, 0).get(name).bytes())
        .isEqualTo(
            joined(
                rows(whole, range(0, 4)), rows(whole, range(8, 12)), rows(whole, range(16, 20))));
    assertThat(rank(1, 0).get(name).bytes())
        .isEqualTo(
            joined(
                rows(whole, range(4, 8)), rows(whole, range(12, 16)), rows(whole, range(20, 24))));
  }

  @Test
  void columnsAreHalved() {
    byte[] whole = model.content("model.layers.0.self_attn.o_proj.weight");
    for (int tp = 0; tp < 2; tp++) {
      ByteBuffer expected = ByteBuffer.allocate(whole.length / 2);
      for (int row = 0; row < 8; row++) {
        expected.put(whole, row * 16 + tp * 8, 8);
      }
      assertThat(rank(tp, 0).get(TEXT + "self_attention.linear_proj.weight").bytes())
          .isEqualTo(expected.array());
    }
  }

  @Test
  void goesBackBitForBit() {
    Path back = folder.resolve("back");
    ConversionPlan plan =
        MmToHf.plan(
            family,
            new MmToHfOptions(
                mm, Optional.empty(), layout(List.of(1, 1), List.of(2, 0), 2), hf, back, false));
    PlanExecutor.execute(plan, ExecutionOptions.defaults());

    List<String> names = new ArrayList<>();
    try (CheckpointFolder result = CheckpointFolder.open(back)) {
      for (TensorRef tensor : result.tensors()) {
        names.add(tensor.name());
        ByteBuffer bytes = ByteBuffer.allocate((int) tensor.byteSize());
        result.read(tensor.name(), 0, bytes);
        assertThat(bytes.array()).as(tensor.name()).isEqualTo(model.content(tensor.name()));
        assertThat(tensor.shape()).isEqualTo(model.specs.get(tensor.name()).shape());
      }
    }
    assertThat(names).hasSize(58).containsExactlyInAnyOrderElementsOf(model.specs.keySet());
    assertThat(RankTensors.files(back, "").keySet()).contains("config.json", "tokenizer.json");
  }
}
