package io.sparkmm.convert.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.TestTensors;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WeightOpsTest {

  @TempDir private Path folder;
  private Map<String, TensorView> tensors;

  private static final WeightOps OPS =
      new WeightOps(
          List.of(
              Rename.of("norm.{p}", "out.norm.{p}"),
              new MergeQkv(
                  List.of(KeyPattern.of("{L}.q"), KeyPattern.of("{L}.k"), KeyPattern.of("{L}.v")),
                  KeyPattern.of("out.{L}.qkv"),
                  new MergeQkv.Heads(2, 2, 1)),
              new MergeRows(
                  List.of(KeyPattern.of("{L}.gate"), KeyPattern.of("{L}.up")),
                  KeyPattern.of("out.{L}.fc1")),
              InterleaveHeads.of("{L}.vit", "out.{L}.vit", 2),
              SplitExperts.of("{L}.experts", "out.{L}.expert.{X}", 2)));

  @BeforeEach
  void makeTensors() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("norm.weight", List.of(3L));
    shapes.put("0.q", List.of(4L, 2L));
    shapes.put("0.k", List.of(2L, 2L));
    shapes.put("0.v", List.of(2L, 2L));
    shapes.put("0.gate", List.of(3L, 2L));
    shapes.put("0.up", List.of(3L, 2L));
    shapes.put("0.vit", List.of(6L));
    shapes.put("0.experts", List.of(2L, 2L, 3L));
    tensors = TestTensors.write(folder.resolve("in.safetensors"), shapes);
  }

  @Test
  void ordersTheElementsAsTheFormulasSay() {
    Map<String, TensorView> made = OPS.forward(tensors);

    Map<Integer, String> letters = Map.of(1, "q", 2, "k", 3, "v", 4, "g", 5, "u");
    assertThat(TestTensors.rows(made.get("out.0.qkv"), letters, 2))
        .containsExactly("q0", "q1", "k0", "v0", "q2", "q3", "k1", "v1");
    assertThat(TestTensors.rows(made.get("out.0.fc1"), letters, 2))
        .containsExactly("g0", "g1", "g2", "u0", "u1", "u2");
    assertThat(TestTensors.places(made.get("out.0.vit"))).containsExactly(0, 2, 4, 1, 3, 5);
    assertThat(made.get("out.0.expert.1").shape()).containsExactly(3L, 2L);
    assertThat(TestTensors.places(made.get("out.0.expert.1"))).containsExactly(6, 9, 7, 10, 8, 11);
  }

  @Test
  void bringsAllBytesBack() {
    Map<String, TensorView> back = OPS.inverse(OPS.forward(tensors));

    assertThat(back.keySet()).containsExactlyElementsOf(tensors.keySet());
    tensors.forEach(
        (name, view) ->
            assertThat(TestTensors.bytes(back.get(name)))
                .as(name)
                .isEqualTo(TestTensors.bytes(view)));
  }

  @Test
  void namesEveryMissingPart() {
    tensors.remove("0.k");
    tensors.remove("0.gate");

    assertThatThrownBy(() -> OPS.forward(tensors))
        .isInstanceOf(ConvertException.class)
        .hasMessageContaining("Cannot find 0.k, which belongs to 0.q")
        .hasMessageContaining("Cannot find 0.gate, which belongs to 0.up");
  }

  @Test
  void namesEveryMissingExpert() {
    Map<String, TensorView> merged = OPS.forward(tensors);
    merged.remove("out.0.expert.0");

    assertThatThrownBy(() -> OPS.inverse(merged))
        .hasMessage("Cannot find out.0.expert.0, which belongs to out.0.expert.1");
  }

  @Test
  void listsWhatNoOperatorTakes() {
    tensors.put("norm.weight2", tensors.remove("norm.weight"));
    tensors.put("00.up", tensors.get("0.up"));

    assertThatThrownBy(() -> OPS.forward(tensors))
        .hasMessage("Cannot tell what these tensors are: norm.weight2, 00.up");
  }

  @Test
  void tellsWrongRowsOfQueries() {
    tensors.put("0.q", tensors.get("0.gate"));

    assertThatThrownBy(() -> OPS.forward(tensors))
        .hasMessage(
            "0.q: expected 4 rows (2 query heads in 2 groups with heads of 1), got shape [3, 2]");
  }

  @Test
  void tellsRowsThatAreNoGroups() {
    Map<String, TensorView> merged = OPS.forward(tensors);
    merged.put("out.0.qkv", merged.get("out.0.fc1"));
    merged.put("out.0.fc1", merged.get("out.norm.weight"));

    assertThatThrownBy(() -> OPS.inverse(merged))
        .hasMessageContaining(
            "out.0.qkv: expected 8 rows (2 groups of 2 query heads, a key and a value head of 1),"
                + " got shape [6, 2]")
        .hasMessageContaining(
            "out.0.fc1: expected a multiple of 2 rows (2 equal parts), got shape [3]");
  }

  @Test
  void refusesPartsThatDoNotFitTogether() {
    tensors.put("0.up", tensors.get("norm.weight"));
    tensors.put("0.experts", tensors.get("0.gate"));
    tensors.put("0.vit", tensors.get("0.q"));

    assertThatThrownBy(() -> OPS.forward(tensors))
        .hasMessageContaining("0.up: expected to fit under 0.gate of I32 [3, 2], got I32 [3]")
        .hasMessageContaining("0.experts: expected shape [2 experts, in, out], got shape [3, 2]")
        .hasMessageContaining(
            "0.vit: expected a multiple of 6 rows (q, k and v of 2 heads), got shape [4, 2]");
  }
}
