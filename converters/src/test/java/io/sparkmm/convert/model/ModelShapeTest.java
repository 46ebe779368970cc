package io.sparkmm.convert.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.ConvertException;
import org.junit.jupiter.api.Test;

/** What families read from config.json; defaults are those of transformers 4.57. */
final class ModelShapeTest {

  private static ModelShape shape(ModelFamily family, String json) {
    try {
      return family.shape(new ObjectMapper().readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void readsThePublishedFlatForm() {
    ModelShape shape =
        shape(
            new Qwen2VlFamily(),
            """
            {"hidden_size": 3584, "num_attention_heads": 28, "num_key_value_heads": 4,
             "num_hidden_layers": 28, "vocab_size": 152064, "tie_word_embeddings": false,
             "vision_config": {"depth": 32, "embed_dim": 1280, "num_heads": 16, "mlp_ratio": 4}}
            """);

    assertThat(shape.text().headDim()).isEqualTo(128);
    assertThat(shape.text().queriesPerGroup()).isEqualTo(7);
    assertThat(shape.text().layers()).isEqualTo(28);
    assertThat(shape.text().vocab()).hasValue(152064);
    assertThat(shape.text().tied()).isFalse();
    assertThat(shape.vision()).isEqualTo(new VisionShape(32, 1280, 16));
  }

  @Test
  void prefersTheNestedForm() {
    ModelShape shape =
        shape(
            new Qwen25VlFamily(),
            """
            {"hidden_size": 99, "tie_word_embeddings": false, "num_hidden_layers": 7,
             "text_config": {"hidden_size": 64, "num_attention_heads": 4,
                             "num_key_value_heads": 2, "tie_word_embeddings": true},
             "vision_config": {"hidden_size": 32, "num_heads": 4, "depth": null}}
            """);

    assertThat(shape.text().hidden()).isEqualTo(64);
    assertThat(shape.text().layers()).isEqualTo(7);
    assertThat(shape.text().tied()).isTrue();
    assertThat(shape.vision()).isEqualTo(new VisionShape(32, 32, 4));
  }

  @Test
  void fillsInWhatTransformersDoes() {
    assertThat(shape(new Qwen2VlFamily(), "{}").text())
        .isEqualTo(new TextShape(80, 8192, 64, 8, 128, java.util.OptionalLong.empty(), false, 0));
    assertThat(shape(new Qwen2VlFamily(), "{}").vision()).isEqualTo(new VisionShape(32, 1280, 16));
    assertThat(shape(new Qwen25VlFamily(), "{}").vision().hidden()).isEqualTo(3584);
    assertThat(shape(new Qwen3VlFamily(), "{}").text().headDim()).isEqualTo(128);
    assertThat(shape(new Qwen3VlFamily(), "{}").vision()).isEqualTo(new VisionShape(27, 1152, 16));
    assertThat(shape(new Qwen3VlFamily(), "{\"model_type\": \"qwen3_vl_moe\"}").text())
        .isEqualTo(new TextShape(24, 2048, 16, 16, 128, java.util.OptionalLong.empty(), false, 60));
    ModelShape internVl =
        shape(
            new InternVlFamily(), "{\"llm_config\": {\"architectures\": [\"LlamaForCausalLM\"]}}");
    assertThat(internVl.text().kvHeads()).isEqualTo(32);
    assertThat(internVl.vision()).isEqualTo(new VisionShape(48, 3200, 25));
  }

  @Test
  void takesAsManyKeyHeadsAsQueryHeadsForNull() {
    assertThat(
            shape(
                    new Qwen2VlFamily(),
                    "{\"hidden_size\": 8, \"num_attention_heads\": 4, \"num_key_value_heads\": null}")
                .text()
                .kvHeads())
        .isEqualTo(4);
  }

  @Test
  void takesTheWidthOfAHeadFromItsKeyInQwen3() {
    String config =
        "{\"text_config\": {\"hidden_size\": 20, \"num_attention_heads\": 4,"
            + " \"num_key_value_heads\": 2, \"head_dim\": %s}}";

    assertThat(shape(new Qwen3VlFamily(), config.formatted("16")).text().headDim()).isEqualTo(16);
    assertThat(shape(new Qwen3VlFamily(), config.formatted("null")).text().headDim()).isEqualTo(5);
    assertThat(shape(new Qwen2VlFamily(), config.formatted("16")).text().headDim()).isEqualTo(5);
  }

  @Test
  void tellsAllProblemsAtOnce() {
    assertThatThrownBy(
            () ->
                shape(
                    new Qwen2VlFamily(),
                    """
                    {"hidden_size": 10, "num_attention_heads": 4, "num_key_value_heads": 3,
                     "num_hidden_layers": 0, "tie_word_embeddings": "no",
                     "vision_config": {"embed_dim": "8", "num_heads": 3, "depth": 1000000000}}
                    """))
        .isInstanceOfSatisfying(
            ConvertException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ConvertException.Kind.USAGE);
              assertThat(e.problems())
                  .containsExactlyInAnyOrder(
                      "config.json: text_config.tie_word_embeddings: expected true or false, got"
                          + " \"no\"",
                      "config.json: text_config.num_key_value_heads: expected a divisor of"
                          + " num_attention_heads 4, got 3",
                      "config.json: text_config.num_attention_heads: expected a divisor of"
                          + " hidden_size 10, got 4",
                      "config.json: text_config.num_hidden_layers: expected a whole number from 1"
                          + " to 2147483647, got 0",
                      "config.json: vision_config.embed_dim: expected a whole number from 1 to"
                          + " 2147483647, got \"8\"",
                      "config.json: vision_config.num_heads: expected a divisor of embed_dim 1280,"
                          + " got 3",
                      "config.json: vision_config.depth: expected at most 10000, got 1000000000");
            });
  }

  @Test
  void refusesLanguageModelsThatInternVlDoesNotComeWith() {
    assertThatThrownBy(
            () ->
                shape(
                    new InternVlFamily(),
                    "{\"llm_config\": {\"architectures\": [\"Qwen3ForCausalLM\"]}}"))
        .hasMessage(
            "config.json: llm_config.architectures: expected one of [Qwen2ForCausalLM,"
                + " LlamaForCausalLM, InternLM2ForCausalLM], got Qwen3ForCausalLM");
    assertThatThrownBy(() -> shape(new InternVlFamily(), "{}")).hasMessageContaining("got none");
  }

  @Test
  void namesTheRightConverterForAModelOfAnotherFamily() {
    assertThatThrownBy(() -> shape(new Qwen2VlFamily(), "{\"model_type\": \"qwen2_5_vl\"}"))
        .hasMessage(
            "config.json: model_type: qwen2_5_vl is converted by Qwen2_5_VLConverter, not by"
                + " Qwen2VLConverter");
    assertThat(shape(new Qwen2VlFamily(), "{\"model_type\": \"my_own\"}").text().layers())
        .isEqualTo(80);
  }

  @Test
  void refusesDeepstackLayersThatDoNotExist() {
    assertThatThrownBy(
            () ->
                shape(
                    new Qwen3VlFamily(),
                    "{\"vision_config\": {\"depth\": 3, \"deepstack_visual_indexes\": [0, 3]}}"))
        .hasMessage(
            "config.json: vision_config.deepstack_visual_indexes: expected different numbers from"
                + " 0 to 2, got [0,3]");
    assertThatThrownBy(() -> shape(new Qwen3VlFamily(), "{\"vision_config\": {\"depth\": 3}}"))
        .hasMessageContaining("got none and thus [8, 16, 24]");
  }

  @Test
  void namesBothClassesOfAConverterThatIsRegisteredTwice() {
    assertThatThrownBy(
            () -> ModelFamilies.of(java.util.List.of(new Qwen2VlFamily(), new Qwen2VlFamily())))
        .hasMessageContaining("Cannot register converter Qwen2VLConverter twice: ")
        .hasMessageContaining("Qwen2VlFamily and io.sparkmm.convert.model.Qwen2VlFamily");
    assertThatThrownBy(() -> ModelFamilies.standard().family("Qwen4"))
        .hasMessageContaining("Cannot find converter Qwen4; known are [InternVLConverter,");
  }
}
