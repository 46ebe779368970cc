package io.sparkmm.convert.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.TestTensors;
import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Qwen2-VL with 4 query and 2 key heads of 2, and a vision tower of width 8 with 2 heads: small
 * enough to know where every row must go.
 */
final class WorkedExampleTest {

  private static final String TEXT = "text_decoder.decoder.layers.1.";
  private static final String VISION = "image_encoder.encoder.blocks.layers.1.";

  @TempDir private Path folder;
  private final ModelFamily family = new Qwen2VlFamily();
  private ModelShape shape;
  private Map<String, TensorView> hf;
  private Map<String, TensorView> merged;
  private final Map<Integer, String> letters = new LinkedHashMap<>();

  @BeforeEach
  void convert() throws IOException {
    JsonNode config = new ObjectMapper().readTree(TinyQwen2Vl.CONFIG);
    shape = family.shape(config);
    Map<String, List<Long>> shapes = TinyQwen2Vl.shapes();
    int number = 0;
    for (String name : shapes.keySet()) {
      if (name.startsWith("model.layers.1.self_attn.")) {
        letters.put(number, name.substring(25, 26));
      } else if (name.startsWith("model.layers.1.mlp.")) {
        letters.put(number, name.substring(19, 20));
      } else if (name.startsWith("visual.blocks.1.attn.")) {
        letters.put(number, "");
      }
      number++;
    }
    hf = TestTensors.write(folder.resolve("model.safetensors"), shapes);
    merged = family.toMerged(hf, shape, FamilyOptions.DEFAULT);
  }

  private List<String> rows(String name, int rowLength) {
    return TestTensors.rows(merged.get(name), letters, rowLength);
  }

  private List<String> slice(String name, int rank, int rowLength) {
    TensorSplit split = family.tpTable(FamilyOptions.DEFAULT, shape).split(name);
    return TestTensors.rows(split.slice(name, merged.get(name), rank, 2), letters, rowLength);
  }

  @Test
  void makes48TensorsOf58() {
    assertThat(hf).hasSize(58);
    assertThat(merged).hasSize(48);
  }

  @Test
  void interleavesQueriesKeysAndValuesByGroup() {
    List<String> first = List.of("q0", "q1", "q2", "q3", "k0", "k1", "v0", "v1");
    List<String> second = List.of("q4", "q5", "q6", "q7", "k2", "k3", "v2", "v3");
    for (String kind : List.of("weight", "bias")) {
      String name = TEXT + "self_attention.linear_qkv." + kind;
      int rowLength = kind.equals("weight") ? 8 : 1;

      assertThat(rows(name, rowLength).subList(0, 8)).isEqualTo(first);
      assertThat(rows(name, rowLength).subList(8, 16)).isEqualTo(second);
      assertThat(slice(name, 0, rowLength)).isEqualTo(first);
      assertThat(slice(name, 1, rowLength)).isEqualTo(second);
    }
  }

  @Test
  void putsGateAboveUpOnEveryRank() {
    String name = TEXT + "mlp.linear_fc1.weight";

    assertThat(rows(name, 8)).hasSize(32).startsWith("g0", "g1").endsWith("u14", "u15");
    assertThat(rows(name, 8).get(15)).isEqualTo("g15");
    assertThat(slice(name, 0, 8)).startsWith("g0").endsWith("u7").contains("g7", "u0");
    assertThat(slice(name, 1, 8)).startsWith("g8").endsWith("u15").contains("g15", "u8");
  }

  @Test
  void interleavesTheVisionTowerByHead() {
    List<String> expected =
        List.of(
            "0", "1", "2", "3", "8", "9", "10", "11", "16", "17", "18", "19", "4", "5", "6", "7",
            "12", "13", "14", "15", "20", "21", "22", "23");
    for (String kind : List.of("weight", "bias")) {
      String name = VISION + "self_attention.linear_qkv." + kind;
      int rowLength = kind.equals("weight") ? 8 : 1;

      assertThat(rows(name, rowLength)).isEqualTo(expected);
      assertThat(slice(name, 0, rowLength)).isEqualTo(expected.subList(0, 12));
      assertThat(slice(name, 1, rowLength)).isEqualTo(expected.subList(12, 24));
    }
  }

  @Test
  void givesRanksTheShapesOfTheTable() {
    Map<String, List<Long>> expected = new LinkedHashMap<>();
    expected.put("image_encoder.encoder.patch_embed.proj.weight", List.of(8L, 3L, 2L, 2L, 2L));
    expected.put(VISION + "input_layernorm.weight", List.of(8L));
    expected.put(VISION + "pre_mlp_layernorm.bias", List.of(8L));
    expected.put(VISION + "self_attention.linear_qkv.weight", List.of(12L, 8L));
    expected.put(VISION + "self_attention.linear_qkv.bias", List.of(12L));
    expected.put(VISION + "self_attention.linear_proj.weight", List.of(8L, 4L));
    expected.put(VISION + "self_attention.linear_proj.bias", List.of(8L));
    expected.put(VISION + "mlp.linear_fc1.weight", List.of(8L, 8L));
    expected.put(VISION + "mlp.linear_fc1.bias", List.of(8L));
    expected.put(VISION + "mlp.linear_fc2.weight", List.of(8L, 8L));
    expected.put(VISION + "mlp.linear_fc2.bias", List.of(8L));
    expected.put("image_encoder.projector.layernorm.weight", List.of(8L));
    expected.put("image_encoder.projector.encoder.linear_fc1.weight", List.of(16L, 32L));
    expected.put("image_encoder.projector.encoder.linear_fc1.bias", List.of(16L));
    expected.put("image_encoder.projector.encoder.linear_fc2.weight", List.of(8L, 16L));
    expected.put("image_encoder.projector.encoder.linear_fc2.bias", List.of(8L));
    expected.put("text_decoder.embedding.word_embeddings.weight", List.of(16L, 8L));
    expected.put(TEXT + "input_layernorm.weight", List.of(8L));
    expected.put(TEXT + "pre_mlp_layernorm.weight", List.of(8L));
    expected.put(TEXT + "self_attention.linear_qkv.weight", List.of(8L, 8L));
    expected.put(TEXT + "self_attention.linear_qkv.bias", List.of(8L));
    expected.put(TEXT + "self_attention.linear_proj.weight", List.of(8L, 4L));
    expected.put(TEXT + "mlp.linear_fc1.weight", List.of(16L, 8L));
    expected.put(TEXT + "mlp.linear_fc2.weight", List.of(8L, 8L));
    expected.put("text_decoder.decoder.final_layernorm.weight", List.of(8L));
    expected.put("text_decoder.output_layer.weight", List.of(16L, 8L));

    TpTable table = family.tpTable(FamilyOptions.DEFAULT, shape);
    Map<String, List<Long>> actual = new LinkedHashMap<>();
    for (String name : expected.keySet()) {
      actual.put(name, table.split(name).slice(name, merged.get(name), 1, 2).shape());
    }
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void dividesTheAttentionOutputByColumns() {
    String name = TEXT + "self_attention.linear_proj.weight";
    TensorSplit split = family.tpTable(FamilyOptions.DEFAULT, shape).split(name);

    assertThat(TestTensors.places(split.slice(name, merged.get(name), 0, 2)).subList(0, 5))
        .containsExactly(0, 1, 2, 3, 8);
    assertThat(TestTensors.places(split.slice(name, merged.get(name), 1, 2)).subList(0, 5))
        .containsExactly(4, 5, 6, 7, 12);
  }

  @Test
  void comesBackBitForBit() {
    Map<String, TensorView> back = family.toHf(merged, shape, FamilyOptions.DEFAULT);

    assertThat(back.keySet()).containsExactlyInAnyOrderElementsOf(hf.keySet());
    hf.forEach(
        (name, view) ->
            assertThat(TestTensors.bytes(back.get(name)))
                .as(name)
                .isEqualTo(TestTensors.bytes(view)));
  }
}
