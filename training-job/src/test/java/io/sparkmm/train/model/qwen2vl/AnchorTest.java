package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Published reference values of the tiny model, computed in float64 by another implementation. */
class AnchorTest {
  private static final String A1_ROW0 = "5 6 7 150 151x6 153 8 9 10 11";
  private static final String A1_ROW1 = "12 150 151x2 153 13 14 15";
  private static final String A2_ROW = "5 150 152x4 153 150 151x6 153 8 9 10";
  private static final List<int[]> A1_GRIDS = List.of(new int[] {1, 4, 6}, new int[] {1, 2, 4});
  private static final List<int[]> A2_IMAGE = List.of(new int[] {1, 4, 6});
  private static final List<int[]> A2_VIDEO = List.of(new int[] {2, 2, 4});
  private static final double TOLERANCE = 1e-6;

  @Test
  void fillRuleHasItsPublishedValues() {
    assertThat(FillRule.value(0, 0)).isCloseTo(0.7869509, within(1e-7));
    assertThat(FillRule.value(0, 1)).isCloseTo(-0.95744113, within(1e-8));
    assertThat(FillRule.value(0, 2)).isCloseTo(-0.59139026, within(1e-8));
    assertThat(FillRule.value(5, 0)).isCloseTo(-0.84043682, within(1e-8));
    assertThat(FillRule.value(5, 1)).isCloseTo(-0.21039975, within(1e-8));
  }

  @Test
  void tinyModelHasThePublishedNumberOfTensorsAndParameters() {
    Qwen2VlModel model = new Qwen2VlModel(TinyModels.config());
    assertThat(model.namedParameters()).hasSize(58);
    assertThat(model.namedParameters().values().stream().mapToLong(Parameter::elements).sum())
        .isEqualTo(114_816);
  }

  @Test
  void picturesGiveThePublishedLossFeaturesLogitsAndGradients() {
    try (TensorScope scope = TensorScope.open()) {
      Qwen2VlModel model = TinyModels.model(ScalarType.Double);
      Batch batch = TinyModels.batch(ScalarType.Double, A1_GRIDS, A1_ROW0, A1_ROW1);
      Tensor features =
          model.visionTokens(
              batch.pixelValues().orElseThrow(), A1_GRIDS.stream().map(Grid::of).toList());
      close(row(features, 0), 0.904944, -0.770502, -0.282880, -0.197014);
      close(row(features, 7), 1.468422, 0.156820, -0.697858, 0.198199);
      Tensor last = model.logits(batch).select(0, 0).select(0, 14);
      close(head(last), 0.626034, -0.233829, -0.598125, -1.438133);
      assertThat(last.argmax().item_long()).isEqualTo(18);

      ModelOutput output = model.forward(batch);
      assertThat(output.targets().numel()).isEqualTo(7);
      Tensor loss = CausalLmLoss.mean(output);
      assertThat(loss.item_double()).isCloseTo(6.3598987, within(5e-8));
      loss.backward();
      assertThat(globalNorm(model)).isCloseTo(11.029943, within(TOLERANCE));
      norm(model, "model.embed_tokens.weight", 1.443781);
      norm(model, "model.layers.0.self_attn.k_proj.bias", 0.051913);
      norm(model, "lm_head.weight", 2.161246);
      norm(model, "visual.patch_embed.proj.weight", 4.171379);
      norm(model, "visual.merger.mlp.2.bias", 0.695783);
    }
  }

  @Test
  void videoAndPictureGiveThePublishedLossFeaturesLogitsAndGradients() {
    try (TensorScope scope = TensorScope.open()) {
      Qwen2VlModel model = TinyModels.model(ScalarType.Double);
      Batch batch = TinyModels.batch(ScalarType.Double, A2_IMAGE, A2_ROW);
      float[] frames = TinyModels.pixels(TinyModels.VIDEO_FILL, A2_VIDEO);
      Tensor clip =
          HostTensors.of(frames, frames.length / TinyModels.PATCH_VALUES, TinyModels.PATCH_VALUES)
              .to(ScalarType.Double);
      Video video = new Video(Optional.of(clip), List.of(Grid.of(A2_VIDEO.get(0))));
      Tensor clipFeatures = model.visionTokens(clip, video.grids());
      close(row(clipFeatures, 0), 0.073599, -1.687581, 1.013401, -0.121509);
      close(row(clipFeatures, 3), 0.405534, 0.078959, 0.141882, 0.063137);
      Tensor features =
          model.visionTokens(batch.pixelValues().orElseThrow(), List.of(Grid.of(A2_IMAGE.get(0))));
      close(row(features, 0), 0.904944, -0.770502, -0.282880, -0.197014);
      close(row(features, 5), 0.617359, 0.336663, -0.179435, 0.177017);
      Tensor last = model.logits(batch, video).select(0, 0).select(0, 17);
      close(head(last), 0.987380, 0.063798, 0.545719, -1.759579);
      assertThat(last.argmax().item_long()).isEqualTo(27);

      ModelOutput output = model.forward(batch, video);
      assertThat(output.targets().numel()).isEqualTo(3);
      Tensor loss = CausalLmLoss.mean(output);
      assertThat(loss.item_double()).isCloseTo(6.5826746, within(5e-8));
      loss.backward();
      assertThat(globalNorm(model)).isCloseTo(15.265218, within(TOLERANCE));
      norm(model, "model.embed_tokens.weight", 1.686487);
      norm(model, "model.layers.0.self_attn.k_proj.bias", 0.083624);
      norm(model, "lm_head.weight", 3.318583);
      norm(model, "visual.patch_embed.proj.weight", 4.974151);
      norm(model, "visual.merger.mlp.2.bias", 1.120269);
    }
  }

  private static double[] row(Tensor features, long row) {
    return head(features.select(0, row));
  }

  private static double[] head(Tensor vector) {
    return Arrays.copyOf(HostTensors.doubles(vector), 4);
  }

  private static void close(double[] actual, double... expected) {
    assertThat(actual).containsExactly(expected, within(TOLERANCE));
  }

  private static double globalNorm(Qwen2VlModel model) {
    double sum = 0;
    for (Parameter parameter : model.namedParameters().values()) {
      double norm = gradientNorm(parameter);
      sum += norm * norm;
    }
    return Math.sqrt(sum);
  }

  private static void norm(Qwen2VlModel model, String name, double expected) {
    assertThat(gradientNorm(model.namedParameters().get(name)))
        .as(name)
        .isCloseTo(expected, within(TOLERANCE));
  }

  private static double gradientNorm(Parameter parameter) {
    return parameter.grad().orElseThrow().norm().item_double();
  }
}
