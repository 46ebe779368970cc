package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HostTensors;
import io.sparkmm.train.weights.HfWeights;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Agreement with transformers 4.57.6 in float32. */
class TransformersGoldenTest {
  private static final double LOGITS = 2e-5;
  private static final double GRADIENTS = 1e-4;

  @ParameterizedTest
  @ValueSource(strings = {"qwen2vl-plain.json", "qwen2vl-tied.json", "qwen2vl-heads.json"})
  void logitsLossAndGradientsAgree(String file) {
    Golden golden = Golden.read(file);
    for (Golden.Case expected : golden.cases()) {
      try (TensorScope scope = TensorScope.open()) {
        Qwen2VlModel model = TinyModels.model(golden.config(), ScalarType.Float);
        checkLogits(model, expected);
        Tensor loss = CausalLmLoss.mean(model.forward(expected.batch(), expected.video()));
        double wanted = expected.json().get("loss").asDouble();
        assertThat(loss.item_double()).as(expected.name()).isCloseTo(wanted, within(2e-6 * wanted));
        loss.backward();
        checkGradients(model, expected);
      }
    }
  }

  @Test
  void folderWrittenBySavePretrainedLoadsAndGivesTheSameLogits() {
    Path folder = Golden.file("qwen2vl-saved");
    for (Golden.Case expected : Golden.read("qwen2vl-saved.json").cases()) {
      try (TensorScope scope = TensorScope.open()) {
        JsonNode config = HfWeights.readConfig(folder);
        Qwen2VlModel model =
            (Qwen2VlModel) ModelSpecs.builtIn().byHfConfig(config).declare().apply(config);
        HfWeights.load(folder, model, ScalarType.Float);
        checkLogits(model, expected);
      }
    }
  }

  private static void checkLogits(Qwen2VlModel model, Golden.Case expected) {
    Tensor logits = model.logits(expected.batch(), expected.video());
    for (JsonNode entry : expected.json().get("logits")) {
      Tensor row =
          logits.select(0, entry.get("row").asLong()).select(0, entry.get("column").asLong());
      assertThat(Golden.sample(HostTensors.doubles(row), 10))
          .as("%s, row %s, column %s", expected.name(), entry.get("row"), entry.get("column"))
          .containsExactly(Golden.numbers(entry.get("values")), within(LOGITS));
      assertThat(row.argmax().item_long()).isEqualTo(entry.get("argmax").asLong());
    }
  }

  private static void checkGradients(Qwen2VlModel model, Golden.Case expected) {
    Map<String, Parameter> parameters = model.namedParameters();
    JsonNode gradients = expected.json().get("gradients");
    assertThat(gradients.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrderElementsOf(parameters.keySet());
    parameters.forEach(
        (name, parameter) -> {
          double max = gradients.get(name).get("max").asDouble();
          double[] values = HostTensors.doubles(parameter.grad().orElseThrow());
          assertThat(Golden.sample(values, 8))
              .as("%s, gradient of %s", expected.name(), name)
              .containsExactly(
                  Golden.numbers(gradients.get(name).get("values")), within(GRADIENTS * max));
        });
  }
}
