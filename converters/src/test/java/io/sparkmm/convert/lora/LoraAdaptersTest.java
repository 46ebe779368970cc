package io.sparkmm.convert.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LoraAdaptersTest {

  @Test
  void findsTheLayersOfTheTargets() {
    LoraAdapters found =
        LoraAdapters.find(
            "lora.pt",
            tensors(
                "m.q_proj.lora_A.default.weight",
                "m.q_proj.lora_B.default.weight",
                "m.v_proj.lora_B.default.weight",
                "m.norm.weight"),
            List.of("q_proj"));
    assertThat(found.pairs()).containsOnlyKeys("m.q_proj");
    assertThat(found.byWeight("m.")).containsOnlyKeys("q_proj.weight");
    assertThat(found.warnings())
        .containsExactly(
            "1 adapters of lora.pt are no targets and are not merged, such as m.v_proj");
  }

  @Test
  void refusesOneMatrixWithoutTheOther() {
    Map<String, TensorView> tensors = tensors("q.lora_A.default.weight", "k.lora_B.default.weight");
    assertThatThrownBy(() -> LoraAdapters.find("lora.pt", tensors, List.of()))
        .isInstanceOf(ConvertException.class)
        .hasMessageContaining(
            "Cannot merge adapter q of lora.pt: it has no matrix q.lora_B.default.weight")
        .hasMessageContaining(
            "Cannot merge adapter k of lora.pt: it has no matrix k.lora_A.default.weight");
  }

  @ParameterizedTest
  @CsvSource({
    "q.lora_magnitude_vector.default.weight, a magnitude of DoRA",
    "q.lora_embedding_A.default, an adapter of an embedding",
    "q.lora_B.default.bias, a bias of an adapter",
    "lm_head.modules_to_save.default.weight, a whole trained tensor (modules_to_save)"
  })
  void refusesWhatASumOfMatricesWouldLeaveOut(String name, String kind) {
    Map<String, TensorView> tensors =
        tensors("q.lora_A.default.weight", "q.lora_B.default.weight", name);
    assertThatThrownBy(() -> LoraAdapters.find("lora.pt", tensors, List.of("q")))
        .isInstanceOf(ConvertException.class)
        .hasMessageStartingWith("Cannot merge adapters of lora.pt: " + name + " is " + kind);
    tensors.put("z" + name, tensors.get(name));
    tensors.put("zz" + name, tensors.get(name));
    assertThatThrownBy(() -> LoraAdapters.find("lora.pt", tensors, List.of()))
        .hasMessageContaining(kind)
        .hasMessageContaining(", and so are 2 more; merge");
  }

  @Test
  void passesOverOtherKindsOfLayersThatAreNoTargets() {
    Map<String, TensorView> tensors =
        tensors(
            "q.lora_A.default.weight",
            "q.lora_B.default.weight",
            "v.lora_magnitude_vector.default.weight");
    assertThat(LoraAdapters.find("lora.pt", tensors, List.of("q")).pairs()).containsOnlyKeys("q");
  }

  @Test
  void refusesTargetsThatMatchNothing() {
    Map<String, TensorView> tensors = tensors("q.lora_A.default.weight", "q.lora_B.default.weight");
    assertThatThrownBy(() -> LoraAdapters.find("lora.pt", tensors, List.of("q", "fc9")))
        .hasMessage(
            "lora_target_modules: [fc9] occur in no adapter of lora.pt; its adapters are named like"
                + " q")
        .extracting(failure -> ((ConvertException) failure).kind())
        .isEqualTo(ConvertException.Kind.USAGE);
  }

  @Test
  void refusesAFileWithoutAdapters() {
    assertThatThrownBy(() -> LoraAdapters.find("lora.pt", tensors("q.lora_A.weight"), List.of()))
        .hasMessage(
            "Cannot merge adapters of lora.pt: it holds no tensor <layer>.lora_A.default.weight;"
                + " its tensors are named like q.lora_A.weight");
    assertThatThrownBy(() -> LoraAdapters.find("lora.pt", Map.of(), List.of()))
        .hasMessageEndingWith("it holds no tensors at all");
  }

  private static Map<String, TensorView> tensors(String... names) {
    Map<String, TensorView> tensors = new LinkedHashMap<>();
    for (String name : names) {
      TensorSpec spec = TensorSpec.of(name, DType.F32, 2, 2);
      tensors.put(name, TensorView.of(new TensorRef(spec, Path.of("lora.pt"), 0)));
    }
    return tensors;
  }
}
