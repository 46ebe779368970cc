package io.sparkmm.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.ModelInitializer.Rows;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HostTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModelInitializerTest {
  private TensorScope scope;

  @BeforeEach
  void openScope() {
    scope = TensorScope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  @Test
  void normalUsesTheConfiguredDeviationsZerosAndOnes() {
    TrainableModel model = model();
    ModelInitializer.NORMAL.initialize(model, 3, ScalarType.Float);
    Map<String, Parameter> parameters = model.namedParameters();
    assertDeviation(values(parameters.get("model.embed_tokens.weight")), 0.05);
    assertDeviation(values(parameters.get("visual.merger.mlp.0.weight")), 0.2);
    assertThat(values(parameters.get("visual.merger.mlp.0.bias"))).containsOnly(0);
    assertThat(values(parameters.get("model.norm.weight"))).containsOnly(1);
    assertThat(values(parameters.get("visual.merger.ln_q.bias"))).containsOnly(0);
  }

  @Test
  void paddingRowStartsAtZero() {
    ObjectNode json = config().put("pad_token_id", 3);
    TrainableModel model = ModelSpecs.builtIn().byId("qwen2vl").declare().apply(json);
    ModelInitializer.NORMAL.initialize(model, 3, ScalarType.Float);
    double[] table = values(model.namedParameters().get("model.embed_tokens.weight"));
    assertThat(Arrays.copyOfRange(table, 3 * 32, 4 * 32)).containsOnly(0);
    assertThat(Arrays.copyOfRange(table, 2 * 32, 3 * 32)).doesNotContain(0);
  }

  @Test
  void fanInScalesWithTheInputs() {
    TrainableModel model = model();
    ModelInitializer.FAN_IN.initialize(model, 3, ScalarType.Float);
    Map<String, Parameter> parameters = model.namedParameters();
    assertDeviation(values(parameters.get("model.embed_tokens.weight")), 0.1);
    assertDeviation(values(parameters.get("visual.merger.mlp.0.weight")), 1 / Math.sqrt(192));
    assertDeviation(values(parameters.get("visual.patch_embed.proj.weight")), 1 / Math.sqrt(96));
  }

  @Test
  void valuesDependOnSeedAndNameOnly() {
    TrainableModel model = model();
    Parameter parameter = model.namedParameters().get("visual.merger.mlp.0.weight");
    double[] whole = rows(model, parameter, 0, 192, 7);
    assertThat(rows(model, parameter, 50, 10, 7))
        .isEqualTo(Arrays.copyOfRange(whole, 50 * 192, 60 * 192));
    assertThat(rows(model, parameter, 0, 192, 7)).isEqualTo(whole);
    assertThat(rows(model, parameter, 0, 192, 8)).isNotEqualTo(whole);
    Parameter other = model.namedParameters().get("visual.blocks.0.attn.proj.weight");
    assertThat(rows(model, other, 0, 1, 7)).isNotEqualTo(Arrays.copyOf(whole, 48));
  }

  @Test
  void firstValuesOfAStreamStayTheSameForEver() {
    Gaussian random = new Gaussian(1, "model.embed_tokens.weight");
    assertThat(new double[] {random.at(0), random.at(1), random.at(1_000_000_007L)})
        .containsExactly(
            new double[] {-1.1097185970067405, -2.5229800218125176, -1.0690649944862425},
            within(1e-15));
  }

  private static double[] rows(
      TrainableModel model, Parameter parameter, long first, long count, long seed) {
    return HostTensors.doubles(
        ModelInitializer.NORMAL.rows(model, parameter, new Rows(first, count), seed));
  }

  private static void assertDeviation(double[] values, double expected) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double square = Arrays.stream(values).map(v -> v * v).average().orElseThrow();
    double fourth = Arrays.stream(values).map(v -> v * v * v * v).average().orElseThrow();
    double error = 5 / Math.sqrt(values.length);
    assertThat(mean / expected).isCloseTo(0, within(error));
    assertThat(Math.sqrt(square) / expected).isCloseTo(1, within(error));
    assertThat(fourth / square / square).isCloseTo(3, within(10 * error));
  }

  private static double[] values(Parameter parameter) {
    return HostTensors.doubles(parameter.data());
  }

  private static TrainableModel model() {
    return ModelSpecs.builtIn().byId("qwen2vl").declare().apply(config());
  }

  private static ObjectNode config() {
    try (var in = ModelInitializerTest.class.getResourceAsStream("/models/qwen2vl.json")) {
      return ((ObjectNode) new ObjectMapper().readTree(in)).put("initializer_range", 0.05);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
