package io.sparkmm.train.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.ModelInitializer;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.LowRankAdapter;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HostTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class LoraTest {
  @Test
  void wordsSelectWholePathsAndTheirEnds() {
    TrainableModel model = model(name -> false);
    Lora.apply(model, settings("q_proj", "model.layers.1.mlp.down_proj"));

    assertThat(Lora.targets(model))
        .containsExactly(
            "model.layers.0.self_attn.q_proj",
            "model.layers.1.self_attn.q_proj",
            "model.layers.1.mlp.down_proj");
    assertThat(trainable(model))
        .hasSize(6)
        .contains(
            "model.layers.0.self_attn.q_proj.lora_A.default.weight",
            "model.layers.0.self_attn.q_proj.lora_B.default.weight")
        .allMatch(name -> name.contains(".lora_"));
  }

  @Test
  void namesOfMegatronStandForTheMatricesThatItJoins() {
    TrainableModel model = model(name -> name.startsWith("visual."));
    Lora.apply(model, settings("linear_qkv", "linear_proj", "linear_fc1", "linear_fc2"));

    assertThat(Lora.targets(model).subList(0, 7))
        .containsExactly(
            "model.layers.0.self_attn.q_proj",
            "model.layers.0.self_attn.k_proj",
            "model.layers.0.self_attn.v_proj",
            "model.layers.0.self_attn.o_proj",
            "model.layers.0.mlp.gate_proj",
            "model.layers.0.mlp.up_proj",
            "model.layers.0.mlp.down_proj");
    assertThat(Lora.targets(model)).hasSize(14);
  }

  @Test
  void frozenTowersGetNoAdaptersAndOthersDo() {
    TrainableModel model = model(name -> false);
    Lora.apply(model, settings("linear_qkv", "linear_fc2"));

    assertThat(Lora.targets(model))
        .contains("visual.blocks.0.attn.qkv", "visual.blocks.1.mlp.fc2", "visual.merger.mlp.2");
  }

  @Test
  void t14WordsWithoutModuleAreNamed() {
    assertThatThrownBy(() -> Lora.apply(model(name -> false), settings("q_prj", "v_proj")))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot add adapters to q_prj v_proj: no module matches q_prj; linear layers of this"
                + " model are [0, 2, down_proj, fc1, fc2, gate_proj, k_proj, o_proj, proj, q_proj,"
                + " qkv, up_proj, v_proj]");
  }

  @Test
  void t14FrozenTargetsAreNamed() {
    assertThatThrownBy(() -> Lora.apply(model(name -> name.startsWith("visual.")), settings("qkv")))
        .hasMessageContaining(
            "every module that qkv matches is frozen: visual.blocks.0.attn.qkv,"
                + " visual.blocks.1.attn.qkv");
  }

  @Test
  void modulesThatAreNoLinearLayersAreNamed() {
    assertThatThrownBy(() -> Lora.apply(model(name -> false), settings("self_attn", "lm_head")))
        .hasMessageContaining(
            "self_attn matches modules that are no linear layers: model.layers.0.self_attn"
                + " (SelfAttention), model.layers.1.self_attn (SelfAttention)")
        .hasMessageContaining("lm_head matches modules that are no linear layers");
  }

  @Test
  void firstFactorIsUniformAndSecondOneZero() {
    TrainableModel model = model(name -> false);
    Lora.apply(model, settings("q_proj"));
    ModelInitializer.NORMAL.initialize(model, 7, ScalarType.Float);

    String layer = "model.layers.0.self_attn.q_proj.";
    double[] first = values(model, layer + "lora_A.default.weight");
    double bound = 1 / Math.sqrt(first.length / 4.0);
    assertThat(Arrays.stream(first).map(Math::abs).max().orElseThrow()).isLessThanOrEqualTo(bound);
    assertThat(Arrays.stream(first).map(Math::abs).average().orElseThrow())
        .isBetween(0.4 * bound, 0.6 * bound);
    assertThat(values(model, layer + "lora_B.default.weight")).containsOnly(0.0);
    assertThat(values(model, layer + "weight")).doesNotContain(0.0);
  }

  @Test
  void sizesThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> new LowRankAdapter.Settings(0, 16, 0))
        .hasMessageContaining("rank 0, alpha 16.0, dropout 0.0");
    assertThatThrownBy(() -> new LowRankAdapter.Settings(8, 16, 1))
        .hasMessageContaining("dropout in [0, 1)");
  }

  @Test
  void namesOfFilesLeadToParameters() {
    String parameter = "model.layers.0.self_attn.q_proj.lora_A.default.weight";
    assertThat(LoraNames.candidates("base_model.model.model." + parameter)).contains(parameter);
    assertThat(
            LoraNames.candidates("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"))
        .contains(parameter);
    assertThat(
            LoraNames.candidates("base_model.model.model.layers.0.mlp.up_proj.base_layer.weight"))
        .contains("model.layers.0.mlp.up_proj.weight");
    assertThat(LoraNames.inPeftFile(parameter))
        .isEqualTo("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
  }

  private static double[] values(TrainableModel model, String name) {
    return HostTensors.doubles(model.namedParameters().get(name).data().detach().reshape(-1));
  }

  private static List<String> trainable(TrainableModel model) {
    return model.namedParameters().values().stream()
        .filter(Parameter::trainable)
        .map(Parameter::name)
        .toList();
  }

  private static LoraSettings settings(String... targets) {
    return new LoraSettings(List.of(targets), 4, 8, 0, List.of());
  }

  private static TrainableModel model(Predicate<String> frozen) {
    try {
      TrainableModel model =
          ModelSpecs.builtIn()
              .byId("qwen2vl")
              .declare()
              .apply(
                  new ObjectMapper()
                      .readTree(LoraTest.class.getResourceAsStream("/models/qwen2vl.json")));
      model
          .namedParameters()
          .forEach(
              (name, parameter) -> {
                if (frozen.test(name)) {
                  parameter.freeze();
                }
              });
      return model;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
