package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class NearNamesTest {

  private static final List<String> KNOWN =
      List.of(
          "model.layers.1.mlp.up_proj.weight",
          "model.layers.0.mlp.up_proj.weight",
          "model.layers.0.mlp.down_proj.weight",
          "model.layers.0.mlp.gate_proj.weight",
          "lm_head.weight");

  @Test
  void findsTheNameWithAnotherPrefix() {
    assertThat(NearNames.hint("layers.0.mlp.up_proj.weight", KNOWN))
        .isEqualTo(
            "; nearest are [model.layers.0.mlp.up_proj.weight, model.layers.1.mlp.up_proj.weight]");
  }

  @Test
  void findsTheNameWithAnotherPartInTheMiddle() {
    assertThat(NearNames.hint("model.layers.7.mlp.up_proj.weight", KNOWN))
        .startsWith(
            "; nearest are [model.layers.0.mlp.up_proj.weight, model.layers.1.mlp.up_proj.weight");
  }

  @Test
  void showsThreeAtMost() {
    assertThat(NearNames.hint("model.layers.0.mlp.proj.weight", KNOWN).split(", ")).hasSize(3);
  }

  @Test
  void isSilentWhenNothingIsNear() {
    assertThat(NearNames.hint("visual.patch_embed.proj", KNOWN)).isEmpty();
    assertThat(NearNames.hint("x", List.of())).isEmpty();
  }
}
