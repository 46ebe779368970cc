package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.nn.Activation;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Qwen2VlConfigParserTest {
  @Test
  void readsTheFlatLayout() {
    Qwen2VlConfig config = TinyModels.config();
    assertThat(config)
        .isEqualTo(
            new Qwen2VlConfig(
                new Qwen2VlTextConfig(
                    160,
                    32,
                    64,
                    2,
                    4,
                    2,
                    Activation.SILU,
                    512,
                    1e-6,
                    10000,
                    List.of(2, 1, 1),
                    0.2,
                    OptionalInt.empty()),
                new Qwen2VlVisionConfig(2, 48, 32, 96, 4, 3, 4, 2, 2, Activation.QUICK_GELU, 0.2),
                new Qwen2VlTokens(151, 152, 150, 153, OptionalInt.of(1), List.of(2)),
                false));
  }

  @Test
  void nestedTextConfigWinsOverTheTopLevel() {
    ObjectNode json = tiny();
    json.putObject("text_config").put("vocab_size", 200).put("rms_norm_eps", 1e-5);
    Qwen2VlConfig config = Qwen2VlConfigParser.fromHfJson(json);
    assertThat(config.text().vocabSize()).isEqualTo(200);
    assertThat(config.text().rmsNormEpsilon()).isEqualTo(1e-5);
    assertThat(config.text().hiddenSize()).isEqualTo(32);
  }

  @Test
  void readsALayoutWithTextConfigOnly() {
    ObjectNode json = tiny();
    ObjectNode text = json.deepCopy();
    text.remove("vision_config");
    ObjectNode nested = json.objectNode();
    nested.put("model_type", "qwen2_vl");
    nested.set("vision_config", json.get("vision_config"));
    nested.set("text_config", text.put("model_type", "qwen2_vl_text"));
    for (String key :
        List.of(
            "image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")) {
      nested.set(key, json.get(key));
    }
    assertThat(Qwen2VlConfigParser.fromHfJson(nested)).isEqualTo(TinyModels.config());
  }

  @Test
  void ropeParametersWinOverRopeScalingAndTheta() {
    ObjectNode json = tiny();
    ObjectNode rope = json.putObject("rope_parameters");
    rope.put("rope_type", "default").put("rope_theta", 77.0);
    rope.putArray("mrope_section").add(0).add(2).add(2);
    Qwen2VlConfig config = Qwen2VlConfigParser.fromHfJson(json);
    assertThat(config.text().ropeTheta()).isEqualTo(77);
    assertThat(config.text().mropeSection()).containsExactly(0, 2, 2);
  }

  @Test
  void ropeTypeOverridesType() {
    ObjectNode json = tiny();
    ((ObjectNode) json.get("rope_scaling")).put("type", "yarn").put("rope_type", "default");
    assertThat(Qwen2VlConfigParser.fromHfJson(json)).isEqualTo(TinyModels.config());
  }

  @Test
  void missingKeysHaveTheClassDefaults() {
    ObjectNode json = tiny();
    json.remove(
        List.of(
            "num_key_value_heads",
            "hidden_act",
            "rms_norm_eps",
            "rope_theta",
            "initializer_range",
            "max_position_embeddings",
            "tie_word_embeddings"));
    json.putNull("eos_token_id");
    ObjectNode vision = json.putObject("vision_config");
    vision.put("unknown_key", 1);
    Qwen2VlConfig config = Qwen2VlConfigParser.fromHfJson(json);
    assertThat(config.text().kvHeads()).isEqualTo(4);
    assertThat(config.text().activation()).isEqualTo(Activation.SILU);
    assertThat(config.text().rmsNormEpsilon()).isEqualTo(1e-5);
    assertThat(config.text().ropeTheta()).isEqualTo(1e6);
    assertThat(config.text().initializerRange()).isEqualTo(0.02);
    assertThat(config.text().maxPositions()).isEqualTo(32768);
    assertThat(config.tieWordEmbeddings()).isFalse();
    assertThat(config.tokens().eos()).isEmpty();
    assertThat(config.vision())
        .isEqualTo(
            new Qwen2VlVisionConfig(
                32, 1280, 32, 5120, 16, 3, 14, 2, 2, Activation.QUICK_GELU, 0.02));
  }

  @Test
  void reportsAllProblemsAtOnce() {
    ObjectNode json = tiny();
    json.put("model_type", "qwen3_vl");
    json.remove("vocab_size");
    json.put("hidden_act", "swish");
    json.put("use_sliding_window", true);
    json.put("attention_dropout", 0.1);
    ((ObjectNode) json.get("rope_scaling")).put("type", "yarn").put("mrope_interleaved", true);
    ((ObjectNode) json.get("vision_config")).put("depth", "two");
    assertThatThrownBy(() -> Qwen2VlConfigParser.fromHfJson(json))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot use config.json: ")
        .hasMessageContaining("model_type is qwen3_vl, not qwen2_vl")
        .hasMessageContaining("vocab_size is missing")
        .hasMessageContaining("hidden_act is swish")
        .hasMessageContaining("use_sliding_window is true")
        .hasMessageContaining("attention_dropout is not 0")
        .hasMessageContaining("rope_type is yarn")
        .hasMessageContaining("mrope_interleaved is true")
        .hasMessageContaining("vision_config.depth is \"two\", not a whole number");
  }

  @Test
  void rejectsSectionsThatDoNotFillTheHead() {
    ObjectNode json = tiny();
    ((ObjectNode) json.get("rope_scaling")).putArray("mrope_section").add(1).add(1).add(1);
    assertThatThrownBy(() -> Qwen2VlConfigParser.fromHfJson(json))
        .hasMessageContaining("Cannot use mrope_section [1, 1, 1]")
        .hasMessageContaining("half of the head size 8");
  }

  @Test
  void rejectsAVisionOutputThatDoesNotFitTheText() {
    ObjectNode json = tiny();
    ((ObjectNode) json.get("vision_config")).put("hidden_size", 48);
    assertThatThrownBy(() -> Qwen2VlConfigParser.fromHfJson(json))
        .hasMessage(
            "Cannot use vision_config.hidden_size 48: the language model's hidden_size is 32");
  }

  @Test
  void rejectsHeadsThatDoNotDivideTheWidth() {
    ObjectNode json = tiny();
    json.put("num_attention_heads", 5);
    assertThatThrownBy(() -> Qwen2VlConfigParser.fromHfJson(json))
        .hasMessage("Cannot use num_attention_heads 5: it does not divide hidden_size 32");
  }

  @Test
  void writtenConfigurationReadsBackEqual() {
    Qwen2VlConfig config = TinyModels.config();
    assertThat(Qwen2VlConfigParser.fromHfJson(Qwen2VlConfigParser.toHfJson(config)))
        .isEqualTo(config);
    ObjectNode other = tiny();
    other.put("tie_word_embeddings", true).put("pad_token_id", 0);
    other.putArray("eos_token_id").add(2).add(3);
    ((ObjectNode) other.get("vision_config")).put("mlp_ratio", 1.7);
    Qwen2VlConfig changed = Qwen2VlConfigParser.fromHfJson(other);
    assertThat(changed.vision().mlpWidth()).isEqualTo(81);
    assertThat(Qwen2VlConfigParser.fromHfJson(Qwen2VlConfigParser.toHfJson(changed)))
        .isEqualTo(changed);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "2B, 1536, 8960, 28, 12, 2, 151936, true, 2208985600, 665271296",
    "7B, 3584, 18944, 28, 28, 4, 152064, false, 8291375616, 675759104",
    "72B, 8192, 29568, 80, 64, 8, 152064, false, 73405560320, 699356672"
  })
  void declaredModelsHaveThePublishedParameterCounts(
      String name,
      int hidden,
      int intermediate,
      int layers,
      int heads,
      int kvHeads,
      int vocabulary,
      boolean tied,
      long parameters,
      long visionParameters) {
    ObjectNode json = tiny();
    json.put("hidden_size", hidden)
        .put("intermediate_size", intermediate)
        .put("num_hidden_layers", layers)
        .put("num_attention_heads", heads)
        .put("num_key_value_heads", kvHeads)
        .put("vocab_size", vocabulary)
        .put("tie_word_embeddings", tied);
    ((ObjectNode) json.get("rope_scaling")).putArray("mrope_section").add(16).add(24).add(24);
    json.putObject("vision_config").put("hidden_size", hidden);
    Qwen2VlModel model = new Qwen2VlModel(Qwen2VlConfigParser.fromHfJson(json));
    long total = 0;
    long vision = 0;
    for (var entry : model.namedParameters().entrySet()) {
      assertThat(entry.getValue().materialized()).isFalse();
      total += entry.getValue().elements();
      if (entry.getKey().startsWith("visual.")) {
        vision += entry.getValue().elements();
      }
    }
    assertThat(total).as(name).isEqualTo(parameters);
    assertThat(vision).as(name).isEqualTo(visionParameters);
  }

  private static ObjectNode tiny() {
    JsonNode json = TinyModels.json("qwen2vl.json");
    return json.deepCopy();
  }
}
