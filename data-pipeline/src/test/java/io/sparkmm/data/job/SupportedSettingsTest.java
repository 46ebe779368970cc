package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.sample.DataException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SupportedSettingsTest {
  private static ObjectNode config() {
    return TestInputs.config(Path.of("model"), Path.of("records.json"), Path.of("media"));
  }

  private static DataConfig parse(ObjectNode config) {
    return ConfigLoader.parseData("data.json", config.toString());
  }

  private static void assertRefused(ObjectNode config, String message) {
    DataConfig parsed = parse(config);
    assertThatThrownBy(() -> SupportedSettings.check(parsed))
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.SETTING))
        .hasMessageStartingWith("Cannot prepare with this configuration:\n  ")
        .hasMessageContaining(message);
  }

  private static ObjectNode preprocess(ObjectNode config) {
    return (ObjectNode) config.get("dataset_param").get("preprocess_parameters");
  }

  @Test
  void acceptsTheUsualSettings() {
    assertThatCode(() -> SupportedSettings.check(parse(config()))).doesNotThrowAnyException();
    ObjectNode config = config();
    TestInputs.basic(config)
        .put("template", "qwen2_vl")
        .put("cache_dir", "x")
        .put("overwrite_cache", true)
        .put("preprocessing_num_workers", 16)
        .put("mask_history", true)
        .put("train_on_prompt", true)
        .put("val_rate", 0.1);
    TestInputs.attr(config).put("system", "sys").put("system_tag", "system");
    assertThatCode(() -> SupportedSettings.check(parse(config))).doesNotThrowAnyException();
  }

  @Test
  void refusesToSplitSpecialTokens() {
    ObjectNode config = config();
    preprocess(config).put("split_special_tokens", true);
    assertRefused(
        config, "split_special_tokens = true is not supported: it would cut the tokens of the");
  }

  @Test
  void acceptsStreamingAndTakesAllRecords() {
    ObjectNode config = config();
    TestInputs.basic(config).put("streaming", true).put("max_samples", 3);
    ((ObjectNode) config.get("dataloader_param"))
        .put("sampler_type", "stateful_distributed_sampler")
        .put("shuffle", false);
    assertThatCode(() -> SupportedSettings.check(parse(config))).doesNotThrowAnyException();
    assertThat(parse(config).datasetParam().basicParameters().recordLimit()).isEmpty();
  }

  @Test
  void knowsTheToolFormats() {
    ObjectNode config = config();
    TestInputs.basic(config).put("tool_format", "llama3");
    assertRefused(
        config,
        "basic_parameters.tool_format = llama3 is not supported; supported are [default, qwen]");
    TestInputs.basic(config).put("tool_format", "qwen");
    assertThatCode(() -> SupportedSettings.check(parse(config))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"packing", "pretrain"})
  void acceptsOtherStages(String key) {
    ObjectNode config = config();
    TestInputs.attr(config).put(key, true);
    assertThatCode(() -> SupportedSettings.check(parse(config))).doesNotThrowAnyException();
  }

  @Test
  void acceptsPreferencePairsWithTheirColumns() {
    ObjectNode config = config();
    TestInputs.attr(config).put("ranking", true);
    assertRefused(config, "attr.chosen names no column");
    TestInputs.attr(config).put("chosen", "c").put("rejected", "r");
    assertThatCode(() -> SupportedSettings.check(parse(config))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "videos",
        "audios",
        "chosen",
        "rejected",
        "prompt",
        "query",
        "response",
        "history"
      })
  void acceptsColumnsThatTheLayoutDoesNotRead(String key) {
    ObjectNode config = config();
    TestInputs.attr(config).put(key, "c");
    assertThatCode(() -> SupportedSettings.check(parse(config))).doesNotThrowAnyException();
  }

  @Test
  void acceptsAlpacaWithItsColumns() {
    ObjectNode config = config();
    TestInputs.attr(config).put("formatting", "alpaca").put("prompt", "p");
    assertRefused(
        config, "attr: Cannot read records with formatting alpaca: attr.response names no column");
    TestInputs.attr(config).put("response", "r").put("query", "q").put("history", "h");
    assertThatCode(() -> SupportedSettings.check(parse(config))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "multimodal_tool"})
  void refusesOtherLayouts(String formatting) {
    ObjectNode config = config();
    TestInputs.attr(config).put("formatting", formatting);
    assertRefused(config, "attr.formatting = " + formatting + " is not supported; supported are");
  }

  @Test
  void refusesMissingAndUnknownNames() {
    ObjectNode config = config();
    TestInputs.basic(config).remove("template");
    preprocess(config).remove("model_name_or_path");
    assertRefused(config, "basic_parameters.template is missing: name one of");
    assertRefused(config, "preprocess_parameters.model_name_or_path is missing");
    TestInputs.basic(config).put("template", "qwen4_vl");
    assertRefused(config, "template = qwen4_vl is not supported; supported are");
  }
}
