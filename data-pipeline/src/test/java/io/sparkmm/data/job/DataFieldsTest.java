package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.DataloaderParam;
import io.sparkmm.conf.DatasetAttr;
import io.sparkmm.conf.PreprocessParameters;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.fixture.Json;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each field of {@code dataset_param} does in a preparation: all of them, one by one. */
class DataFieldsTest {
  private static final String BASIC = "basic_parameters";
  private static final String PREPROCESS = "preprocess_parameters";
  private static final String ATTR = "attr";

  enum Outcome {
    /** Accepted without a word. */
    EFFECT,
    /** Accepted with one remark. */
    REMARK,
    /** Refused. */
    REFUSED
  }

  /**
   * A field.
   *
   * @param value a value that is not the default
   * @param text what the remark or the refusal says
   */
  record Field(String section, String key, String value, Outcome outcome, String text) {
    @Override
    public String toString() {
      return section + "." + key + " " + outcome;
    }
  }

  private static Field effect(String section, String key, String value) {
    return new Field(section, key, value, Outcome.EFFECT, "");
  }

  private static Field remark(String section, String key, String value, String text) {
    return new Field(section, key, value, Outcome.REMARK, text);
  }

  private static Field refused(String section, String key, String value, String text) {
    return new Field(section, key, value, Outcome.REFUSED, text);
  }

  static Stream<Field> fields() {
    return Stream.of(
        effect(BASIC, "template", "'qwen2_vl'"),
        effect(BASIC, "dataset_dir", "'elsewhere'"),
        effect(BASIC, "dataset", "'a.json,b.json'"),
        remark(BASIC, "cache_dir", "'cache'", "the prepared data set is the cache"),
        remark(BASIC, "overwrite_cache", "true", "the prepared data set is the cache"),
        effect(BASIC, "max_samples", "5"),
        effect(BASIC, "train_on_prompt", "true"),
        effect(BASIC, "mask_history", "true"),
        remark(BASIC, "streaming", "true", "records become shards before training begins"),
        effect(BASIC, "preprocessing_batch_size", "10"),
        remark(BASIC, "preprocessing_num_workers", "16", "Spark's cores do the work"),
        remark(BASIC, "preprocess_on_fly", "true", "records are tokenized once, here"),
        // Without streaming the reading of the file says that it has no effect.
        effect(BASIC, "async_preprocess", "true"),
        effect(BASIC, "val_dataset", "'v.json'"),
        effect(BASIC, "val_max_samples", "5"),
        effect(BASIC, "val_rate", "0.1"),
        remark(BASIC, "packing", "true", "only attr.pretrain reads it"),
        remark(BASIC, "neat_packing", "true", "no effect without attr.packing"),
        refused(BASIC, "use_pmcc_data", "true", "lists of token ids already cannot be read"),
        effect(PREPROCESS, "model_name_or_path", "'elsewhere'"),
        refused(
            PREPROCESS,
            "model_name_or_path",
            "'hdfs://host/model'",
            "it has to be a local folder of the driver"),
        effect(PREPROCESS, "use_fast_tokenizer", "false"),
        effect(PREPROCESS, "image_max_pixels", "100000"),
        effect(PREPROCESS, "image_min_pixels", "100"),
        remark(PREPROCESS, "video_max_pixels", "16384", "videos cannot be decoded at present"),
        remark(PREPROCESS, "video_min_pixels", "0", "videos cannot be decoded at present"),
        remark(PREPROCESS, "video_fps", "1.0", "videos cannot be decoded at present"),
        remark(PREPROCESS, "video_maxlen", "64", "videos cannot be decoded at present"),
        remark(PREPROCESS, "image_resolution", "448", "they are of the past"),
        remark(PREPROCESS, "video_resolution", "448", "they are of the past"),
        refused(PREPROCESS, "image_do_pan_and_scan", "true", "it belongs to other model families"),
        effect(PREPROCESS, "crop_to_patches", "true"),
        refused(PREPROCESS, "use_audio_in_video", "true", "it belongs to other model families"),
        remark(PREPROCESS, "audio_sampling_rate", "8000", "sounds cannot be decoded at present"),
        remark(PREPROCESS, "trust_remote_code", "true", "is never run"),
        refused(PREPROCESS, "fix_mistral_regex", "true", "mend it there"),
        refused(ATTR, "formatting", "'openai'", "role_tag role and content_tag content"),
        refused(ATTR, "formatting", "'multimodal_tool'", "is not supported; supported are"),
        refused(ATTR, "formatting", "'alpaca'", "names no column"),
        refused(ATTR, "ranking", "true", "attr.chosen names no column"),
        effect(ATTR, "packing", "true"),
        effect(ATTR, "pretrain", "true"),
        effect(ATTR, "messages", "'m'"),
        effect(ATTR, "system", "'s'"),
        effect(ATTR, "images", "'i'"),
        remark(ATTR, "videos", "'v'", "records that have some are rejected"),
        remark(ATTR, "audios", "'a'", "records that have some are rejected"),
        remark(ATTR, "chosen", "'c'", "formatting sharegpt without ranking does not read it"),
        remark(ATTR, "rejected", "'r'", "formatting sharegpt without ranking does not read it"),
        effect(ATTR, "role_tag", "'role'"),
        effect(ATTR, "content_tag", "'content'"),
        effect(ATTR, "user_tag", "'user'"),
        effect(ATTR, "assistant_tag", "'assistant'"),
        effect(ATTR, "observation_tag", "'tool'"),
        effect(ATTR, "function_tag", "'call'"),
        effect(ATTR, "system_tag", "'system'"),
        remark(ATTR, "prompt", "'p'", "does not read it"),
        remark(ATTR, "query", "'q'", "does not read it"),
        remark(ATTR, "response", "'r'", "does not read it"),
        remark(ATTR, "history", "'h'", "does not read it"));
  }

  private static DataConfig parse(Field field) {
    ObjectNode config =
        TestInputs.config(Path.of("model"), Path.of("records.json"), Path.of("media"));
    ObjectNode dataset = (ObjectNode) config.get("dataset_param");
    ObjectNode loader = (ObjectNode) config.get("dataloader_param");
    loader.put("sampler_type", "stateful_distributed_sampler").put("shuffle", false);
    ((ObjectNode) dataset.get(field.section())).set(field.key(), Json.of(field.value()));
    return ConfigLoader.parseData("data.json", config.toString());
  }

  @ParameterizedTest
  @MethodSource("fields")
  void hasItsEffectOrOneRemarkOrIsRefused(Field field) {
    DataConfig config = parse(field);
    List<String> remarks = SettingRemarks.of(config.datasetParam());
    if (field.outcome() == Outcome.REFUSED) {
      assertThatThrownBy(() -> SupportedSettings.check(config))
          .isInstanceOf(DataException.class)
          .hasMessageContaining(field.section())
          .hasMessageContaining(field.text());
      return;
    }
    SupportedSettings.check(config);
    if (field.outcome() == Outcome.REMARK) {
      assertThat(remarks).hasSize(1);
      assertThat(remarks.get(0))
          .startsWith("dataset_param." + field.section() + ".")
          .contains(field.key())
          .contains(field.text());
    } else {
      assertThat(remarks).isEmpty();
    }
  }

  @Test
  void nothingIsSaidOfDefaults() {
    DataConfig config = parse(effect(BASIC, "template", "'qwen2vl'"));
    assertThat(SettingRemarks.of(config.datasetParam())).isEmpty();
  }

  @Test
  void streamingKeepsTheOrderOfTheFiles() {
    Field streaming = remark(BASIC, "streaming", "true", "");
    ObjectNode config =
        TestInputs.config(Path.of("model"), Path.of("records.json"), Path.of("media"));
    TestInputs.basic(config).put(streaming.key(), true).put("max_samples", 3);
    ObjectNode loader = (ObjectNode) config.get("dataloader_param");
    loader.put("sampler_type", "stateful_distributed_sampler");
    DataConfig shuffled = ConfigLoader.parseData("data.json", config.toString());
    assertThatThrownBy(() -> SupportedSettings.check(shuffled))
        .hasMessageContaining("set dataloader_param.shuffle to false");
    assertThat(shuffled.datasetParam().basicParameters().recordLimit()).isEmpty();
  }

  @Test
  void everyFieldIsHere() {
    Set<String> known = fields().map(Field::key).collect(Collectors.toCollection(TreeSet::new));
    // These belong to the chat template and the tokenizer, and are tested with them.
    known.addAll(List.of("enable_thinking", "split_special_tokens", "tool_format"));
    assertThat(known).isEqualTo(recordKeys());
  }

  @Test
  void everyFieldIsInTheManual() throws IOException {
    String manual = Files.readString(Path.of("..", "docs", "sources.md"));
    for (String key : recordKeys()) {
      assertThat(manual).as(key).contains("`" + key + "`");
    }
  }

  private static Set<String> recordKeys() {
    return Stream.of(BasicParameters.class, PreprocessParameters.class, DatasetAttr.class)
        .map(Class::getRecordComponents)
        .flatMap(Arrays::stream)
        .map(RecordComponent::getName)
        .map(name -> name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void theManualsListOfDataLoaderFieldsIsWhole() throws IOException {
    String manual = Files.readString(Path.of("..", "docs", "sources.md"));
    for (RecordComponent component : DataloaderParam.class.getRecordComponents()) {
      String key = component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
      assertThat(manual).contains("`" + key);
    }
  }
}
