package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.MINIMAL_DATA;
import static io.sparkmm.conf.ConfigTesting.assertEveryKeyDiffers;
import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static io.sparkmm.conf.ConfigTesting.with;
import static io.sparkmm.conf.ConfigTesting.without;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.conf.load.ConfigPrinter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataConfigTest {
  private static final String PREPROCESS = "dataset_param.preprocess_parameters.";
  private static final String BASIC = "dataset_param.basic_parameters.";
  private static final String ATTR = "dataset_param.attr.";
  private static final String LOADER = "dataloader_param.";

  private static final String DEFAULTS =
      """
      dataset_param.dataset_type = huggingface
      dataset_param.preprocess_parameters.model_name_or_path = null
      dataset_param.preprocess_parameters.use_fast_tokenizer = true
      dataset_param.preprocess_parameters.split_special_tokens = false
      dataset_param.preprocess_parameters.image_max_pixels = 589824
      dataset_param.preprocess_parameters.image_min_pixels = 1024
      dataset_param.preprocess_parameters.video_max_pixels = 65536
      dataset_param.preprocess_parameters.video_min_pixels = 256
      dataset_param.preprocess_parameters.video_fps = 2.0
      dataset_param.preprocess_parameters.video_maxlen = 128
      dataset_param.preprocess_parameters.image_resolution = 512
      dataset_param.preprocess_parameters.video_resolution = 128
      dataset_param.preprocess_parameters.image_do_pan_and_scan = false
      dataset_param.preprocess_parameters.crop_to_patches = false
      dataset_param.preprocess_parameters.use_audio_in_video = false
      dataset_param.preprocess_parameters.audio_sampling_rate = 16000
      dataset_param.preprocess_parameters.trust_remote_code = false
      dataset_param.preprocess_parameters.fix_mistral_regex = false
      dataset_param.basic_parameters.template = null
      dataset_param.basic_parameters.dataset_dir = data
      dataset_param.basic_parameters.dataset = [a.json]
      dataset_param.basic_parameters.cache_dir = null
      dataset_param.basic_parameters.overwrite_cache = false
      dataset_param.basic_parameters.max_samples = null
      dataset_param.basic_parameters.train_on_prompt = false
      dataset_param.basic_parameters.mask_history = false
      dataset_param.basic_parameters.streaming = false
      dataset_param.basic_parameters.preprocessing_batch_size = 1000
      dataset_param.basic_parameters.preprocessing_num_workers = null
      dataset_param.basic_parameters.preprocess_on_fly = false
      dataset_param.basic_parameters.async_preprocess = false
      dataset_param.basic_parameters.val_dataset = null
      dataset_param.basic_parameters.val_max_samples = null
      dataset_param.basic_parameters.val_rate = 0.0
      dataset_param.basic_parameters.packing = null
      dataset_param.basic_parameters.neat_packing = false
      dataset_param.basic_parameters.enable_thinking = true
      dataset_param.basic_parameters.tool_format = null
      dataset_param.basic_parameters.use_pmcc_data = false
      dataset_param.attr.formatting = sharegpt
      dataset_param.attr.ranking = false
      dataset_param.attr.packing = false
      dataset_param.attr.pretrain = false
      dataset_param.attr.messages = conversations
      dataset_param.attr.system = null
      dataset_param.attr.images = null
      dataset_param.attr.videos = null
      dataset_param.attr.audios = null
      dataset_param.attr.chosen = null
      dataset_param.attr.rejected = null
      dataset_param.attr.role_tag = from
      dataset_param.attr.content_tag = value
      dataset_param.attr.user_tag = human
      dataset_param.attr.assistant_tag = gpt
      dataset_param.attr.observation_tag = observation
      dataset_param.attr.function_tag = function_call
      dataset_param.attr.system_tag = system
      dataset_param.attr.prompt = null
      dataset_param.attr.query = null
      dataset_param.attr.response = null
      dataset_param.attr.history = null
      dataloader_param.dataloader_mode = sampler
      dataloader_param.sampler_type = stateful_distributed_sampler
      dataloader_param.shuffle = false
      dataloader_param.drop_last = false
      dataloader_param.pin_memory = false
      dataloader_param.prefetch_factor = null
      dataloader_param.persistent_workers = null
      dataloader_param.data_sharding = false
      dataloader_param.group_frame = false
      dataloader_param.group_resolution = false
      dataloader_param.group_data = false
      dataloader_param.initial_global_step_for_sampler = 0
      dataloader_param.priority_mode = data_bucketing_img
      dataloader_param.collate_param.model_name = qwen2vl
      dataloader_param.collate_param.ignore_pad_token_for_loss = true
      """;

  private static final String EVERY_KEY =
      """
      {
        "dataset_param": {
          "dataset_type": "huggingface",
          "preprocess_parameters": {
            "model_name_or_path": "ckpt",
            "use_fast_tokenizer": false,
            "split_special_tokens": true,
            "image_max_pixels": 262144,
            "image_min_pixels": 0,
            "video_max_pixels": 16384,
            "video_min_pixels": 0,
            "video_fps": 1.5,
            "video_maxlen": 64,
            "image_resolution": 256,
            "video_resolution": 64,
            "image_do_pan_and_scan": true,
            "crop_to_patches": true,
            "use_audio_in_video": true,
            "audio_sampling_rate": 8000,
            "trust_remote_code": true,
            "fix_mistral_regex": true
          },
          "basic_parameters": {
            "template": "qwen2vl",
            "dataset_dir": "./data",
            "dataset": "a.json,b.json",
            "cache_dir": "./cache",
            "overwrite_cache": true,
            "max_samples": 100,
            "train_on_prompt": true,
            "mask_history": true,
            "streaming": true,
            "preprocessing_batch_size": 50,
            "preprocessing_num_workers": 16,
            "preprocess_on_fly": true,
            "async_preprocess": true,
            "val_dataset": "val.json",
            "val_max_samples": null,
            "val_rate": 0.25,
            "packing": false,
            "neat_packing": true,
            "enable_thinking": false,
            "tool_format": "default",
            "use_pmcc_data": true
          },
          "attr": {
            "formatting": "alpaca",
            "ranking": true,
            "packing": true,
            "pretrain": true,
            "messages": "messages",
            "system": "sys",
            "images": "images",
            "videos": "videos",
            "audios": "audios",
            "chosen": "chosen",
            "rejected": "rejected",
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "observation_tag": null,
            "function_tag": null,
            "system_tag": null,
            "prompt": "instruction",
            "query": "input",
            "response": "output",
            "history": "history"
          }
        },
        "dataloader_param": {
          "dataloader_mode": "base",
          "sampler_type": "stateful_distributed_sampler",
          "shuffle": true,
          "drop_last": true,
          "pin_memory": true,
          "prefetch_factor": 2,
          "persistent_workers": true,
          "data_sharding": true,
          "group_frame": true,
          "group_resolution": true,
          "group_data": true,
          "initial_global_step_for_sampler": 5,
          "priority_mode": "other",
          "collate_param": {
            "model_name": "internvl",
            "ignore_pad_token_for_loss": false
          }
        }
      }
      """;

  private static final String EVERY_VALUE =
      """
      dataset_param.dataset_type = huggingface
      dataset_param.preprocess_parameters.model_name_or_path = ckpt
      dataset_param.preprocess_parameters.use_fast_tokenizer = false
      dataset_param.preprocess_parameters.split_special_tokens = true
      dataset_param.preprocess_parameters.image_max_pixels = 262144
      dataset_param.preprocess_parameters.image_min_pixels = 0
      dataset_param.preprocess_parameters.video_max_pixels = 16384
      dataset_param.preprocess_parameters.video_min_pixels = 0
      dataset_param.preprocess_parameters.video_fps = 1.5
      dataset_param.preprocess_parameters.video_maxlen = 64
      dataset_param.preprocess_parameters.image_resolution = 256
      dataset_param.preprocess_parameters.video_resolution = 64
      dataset_param.preprocess_parameters.image_do_pan_and_scan = true
      dataset_param.preprocess_parameters.crop_to_patches = true
      dataset_param.preprocess_parameters.use_audio_in_video = true
      dataset_param.preprocess_parameters.audio_sampling_rate = 8000
      dataset_param.preprocess_parameters.trust_remote_code = true
      dataset_param.preprocess_parameters.fix_mistral_regex = true
      dataset_param.basic_parameters.template = qwen2vl
      dataset_param.basic_parameters.dataset_dir = ./data
      dataset_param.basic_parameters.dataset = [a.json, b.json]
      dataset_param.basic_parameters.cache_dir = ./cache
      dataset_param.basic_parameters.overwrite_cache = true
      dataset_param.basic_parameters.max_samples = 100
      dataset_param.basic_parameters.train_on_prompt = true
      dataset_param.basic_parameters.mask_history = true
      dataset_param.basic_parameters.streaming = true
      dataset_param.basic_parameters.preprocessing_batch_size = 50
      dataset_param.basic_parameters.preprocessing_num_workers = 16
      dataset_param.basic_parameters.preprocess_on_fly = true
      dataset_param.basic_parameters.async_preprocess = true
      dataset_param.basic_parameters.val_dataset = val.json
      dataset_param.basic_parameters.val_max_samples = null
      dataset_param.basic_parameters.val_rate = 0.25
      dataset_param.basic_parameters.packing = false
      dataset_param.basic_parameters.neat_packing = true
      dataset_param.basic_parameters.enable_thinking = false
      dataset_param.basic_parameters.tool_format = default
      dataset_param.basic_parameters.use_pmcc_data = true
      dataset_param.attr.formatting = alpaca
      dataset_param.attr.ranking = true
      dataset_param.attr.packing = true
      dataset_param.attr.pretrain = true
      dataset_param.attr.messages = messages
      dataset_param.attr.system = sys
      dataset_param.attr.images = images
      dataset_param.attr.videos = videos
      dataset_param.attr.audios = audios
      dataset_param.attr.chosen = chosen
      dataset_param.attr.rejected = rejected
      dataset_param.attr.role_tag = role
      dataset_param.attr.content_tag = content
      dataset_param.attr.user_tag = user
      dataset_param.attr.assistant_tag = assistant
      dataset_param.attr.observation_tag = null
      dataset_param.attr.function_tag = null
      dataset_param.attr.system_tag = null
      dataset_param.attr.prompt = instruction
      dataset_param.attr.query = input
      dataset_param.attr.response = output
      dataset_param.attr.history = history
      dataloader_param.dataloader_mode = base
      dataloader_param.sampler_type = stateful_distributed_sampler
      dataloader_param.shuffle = true
      dataloader_param.drop_last = true
      dataloader_param.pin_memory = true
      dataloader_param.prefetch_factor = 2
      dataloader_param.persistent_workers = true
      dataloader_param.data_sharding = true
      dataloader_param.group_frame = true
      dataloader_param.group_resolution = true
      dataloader_param.group_data = true
      dataloader_param.initial_global_step_for_sampler = 5
      dataloader_param.priority_mode = other
      dataloader_param.collate_param.model_name = internvl
      dataloader_param.collate_param.ignore_pad_token_for_loss = false
      """;

  @Test
  void keepsTheDefaultsOfTheReference() {
    assertThat(ConfigPrinter.lines(parse(MINIMAL_DATA)))
        .containsExactlyElementsOf(DEFAULTS.lines().toList());
  }

  @Test
  void takesEveryKey() {
    List<String> printed = ConfigPrinter.lines(parse(EVERY_KEY));

    assertThat(printed).containsExactlyElementsOf(EVERY_VALUE.lines().toList());
    assertEveryKeyDiffers(
        DEFAULTS.lines().toList(),
        printed,
        Set.of(
            "dataset_param.dataset_type",
            "dataset_param.basic_parameters.val_max_samples",
            "dataloader_param.sampler_type"));
  }

  @Test
  void takesWhatOnlyGoesWithoutStreaming() {
    String text = with(MINIMAL_DATA, LOADER + "sampler_type", "\"BaseRandomBatchSampler\"");
    text = with(text, LOADER + "drop_last", "true");
    text = with(text, BASIC + "val_dataset", "\"val.json\"");
    text = with(text, BASIC + "val_max_samples", "3");

    DataConfig data = parse(text);

    assertThat(data.dataloaderParam().samplerType()).isEqualTo(SamplerType.BASE_RANDOM_BATCH);
    assertThat(data.datasetParam().basicParameters().valMaxSamples()).hasValue(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "0"})
  void takesNullAndZeroSamplesForAll(String count) {
    DataConfig data = parse(with(MINIMAL_DATA, BASIC + "max_samples", count));

    assertThat(data.datasetParam().basicParameters().maxSamples()).isEmpty();
  }

  @Test
  void takesNullValidationRateForNone() {
    DataConfig data = parse(with(MINIMAL_DATA, BASIC + "val_rate", "null"));

    assertThat(data.datasetParam().basicParameters().valRate()).isZero();
  }

  @Test
  void tellsAnAbsentRoleFromOneThatIsOff() {
    DataConfig off = parse(with(MINIMAL_DATA, ATTR + "system_tag", "null"));

    assertThat(parse(MINIMAL_DATA).datasetParam().attr().systemTag()).contains("system");
    assertThat(off.datasetParam().attr().systemTag()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dataset_param", "dataloader_param"})
  void reportsAMissingRootOnce(String root) {
    assertThat(problems(without(MINIMAL_DATA, root)))
        .containsExactly("data.json: " + root + ": is required: expected an object");
  }

  @ParameterizedTest
  @ValueSource(strings = {"preprocess_parameters", "basic_parameters", "attr"})
  void reportsAMissingSectionOnce(String section) {
    assertThat(problems(without(MINIMAL_DATA, "dataset_param." + section)))
        .containsExactly(
            "data.json: dataset_param." + section + ": is required: expected an object");
  }

  @ParameterizedTest
  @CsvSource({
    "dataset_param.dataset_type, is required: expected huggingface",
    "dataset_param.basic_parameters.dataset, is required",
    "dataloader_param.dataloader_mode, 'is required: one of sampler, base, variable'",
    "dataloader_param.collate_param, is required: expected an object",
    "dataloader_param.collate_param.model_name, is required",
    "dataloader_param.collate_param.ignore_pad_token_for_loss,"
        + " is required for qwen2vl: expected true or false",
  })
  void reportsAMissingKey(String key, String message) {
    assertThat(problems(without(MINIMAL_DATA, key)))
        .containsExactly("data.json: " + key + ": " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "basic_parameters.templte | \"x\" | templte = x: unknown key; did you mean"
            + " dataset_param.basic_parameters.template?",
        "basic_parameters.zzz | 1 | zzz = 1: unknown key",
        "preprocess_parameters.image_max_pixel | 1 | image_max_pixel = 1: unknown key; did you mean"
            + " dataset_param.preprocess_parameters.image_max_pixels?",
        "attr.role_tags | \"x\" | role_tags = x: unknown key; did you mean"
            + " dataset_param.attr.role_tag?",
      })
  void namesTheNearestKeyOfAnUnknownOne(String key, String value, String message) {
    assertThat(problems(with(MINIMAL_DATA, "dataset_param." + key, value)))
        .singleElement()
        .asString()
        .endsWith(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mask_history | \"true\" | = true: expected true or false, got a text",
        "mask_history | 1 | = 1: expected true or false, got a whole number",
        "mask_history | null | = null: expected true or false, got null",
        "preprocessing_batch_size | 1.5 | = 1.5: expected a whole number, got a number with a"
            + " fraction",
        "preprocessing_batch_size | \"10\" | = 10: expected a whole number, got a text",
        "preprocessing_batch_size | 0 | = 0: must be at least 1",
        "preprocessing_batch_size | 3000000000 | = 3000000000: must be a 32-bit number",
        "template | 5 | = 5: expected a text, got a whole number",
        "dataset | [\"a.json\"] | = [\"a.json\"]: expected a text, got a list",
        "dataset | \"a.json,,b.json\" | = a.json,,b.json: must be one or more paths separated by"
            + " ',', none of them empty",
        "max_samples | -1 | = -1: must be at least 0",
        "val_rate | -0.1 | = -0.1: must be in [0, 1]",
        "val_rate | 1.5 | = 1.5: must be in [0, 1]",
        "val_rate | 1 | = 1: must be below 1: nothing would be left to train on",
        "cutoff_len | 1024 | = 1024: is not allowed here: remove it and give the sequence length by"
            + " --seq-length",
      })
  void refusesBasicParameters(String key, String value, String message) {
    assertThat(problems(with(MINIMAL_DATA, BASIC + key, value)))
        .containsExactly("data.json: " + BASIC + key + " " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "image_max_pixels | 0 | = 0: must be at least 1",
        "image_min_pixels | 589825 | = 589825: must not be greater than image_max_pixels (589824)",
        "video_min_pixels | 65537 | = 65537: must not be greater than video_max_pixels (65536)",
        "video_fps | 0 | = 0: must be greater than 0",
        "video_fps | \"2\" | = 2: expected a number, got a text",
      })
  void refusesPreprocessParameters(String key, String value, String message) {
    assertThat(problems(with(MINIMAL_DATA, PREPROCESS + key, value)))
        .contains("data.json: " + PREPROCESS + key + " " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dataloader_mode | \"sampelr\" | = sampelr: must be one of sampler, base, variable; did you"
            + " mean sampler?",
        "sampler_type | \"Random\" | = Random: must be one of stateful_distributed_sampler,"
            + " BaseRandomBatchSampler, BucketBatchSampler, LengthGroupedSampler,"
            + " SequentialSampler, AESampler, LuminaMetaLenDistSampler",
        "sampler_type | true | = true: expected a text, got a boolean",
        "collate_param.model_name | \"qwen2v\" | = qwen2v: must be one of qwen2vl, qwen2vl_dpo,"
            + " qwen3vl, qwen3omni, glm4v_moe, internvl, deepseekvl2, llm_pretrain; did you mean"
            + " qwen2vl?",
        "collate_param | [] | = []: expected an object, got a list",
      })
  void refusesDataloaderParam(String key, String value, String message) {
    assertThat(problems(with(MINIMAL_DATA, LOADER + key, value)))
        .containsExactly("data.json: " + LOADER + key + " " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"BaseRandomBatchSampler", "BucketBatchSampler"})
  void batchSamplersNeedDropLast(String sampler) {
    assertThat(problems(with(MINIMAL_DATA, LOADER + "sampler_type", '"' + sampler + '"')))
        .containsExactly(
            "data.json: dataloader_param.drop_last: must be true with sampler_type = " + sampler);
  }

  @Test
  void refusesOtherKindsOfDataSet() {
    assertThat(problems(with(MINIMAL_DATA, "dataset_param.dataset_type", "\"multimodal\"")))
        .containsExactly(
            "data.json: dataset_param.dataset_type = multimodal: is not supported; must be"
                + " huggingface");
    assertThat(problems(with(MINIMAL_DATA, "dataset_param.dataset_type", "\"x\"")))
        .singleElement()
        .asString()
        .startsWith("data.json: dataset_param.dataset_type = x: must be one of huggingface,");
  }

  @Test
  void streamingExcludesAValidationRate() {
    String text = with(MINIMAL_DATA, BASIC + "streaming", "true");

    assertThat(problems(with(text, BASIC + "val_rate", "0.1")))
        .containsExactly(
            "data.json: dataset_param.basic_parameters.val_rate = 0.1: cannot be used together"
                + " with streaming = true; name a val_dataset instead");
    assertThat(problems(with(text, BASIC + "val_max_samples", "5")))
        .containsExactly(
            "data.json: dataset_param.basic_parameters.val_max_samples = 5: cannot be used"
                + " together with streaming = true");
  }

  @Test
  void streamingNeedsASamplerWithoutLength() {
    String text = with(MINIMAL_DATA, BASIC + "streaming", "true");

    assertThat(problems(with(text, LOADER + "sampler_type", "\"SequentialSampler\"")))
        .containsExactly(
            "data.json: dataloader_param.sampler_type = SequentialSampler: must be"
                + " stateful_distributed_sampler because"
                + " dataset_param.basic_parameters.streaming = true");
  }

  @Test
  void remarksOnKeysWithoutEffect() {
    ConfigProblems collected = new ConfigProblems();
    String text = with(MINIMAL_DATA, LOADER + "batch_size", "4");
    text = with(text, LOADER + "seed", "1");
    text = with(text, BASIC + "async_preprocess", "true");

    DataConfig.read(
        ConfigSection.root(
            "data.json", ConfigSection.Dialect.JSON, ConfigTesting.json(text), collected));

    assertThat(collected.problems()).isEmpty();
    assertThat(collected.warnings())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "data.json: dataset_param.basic_parameters.async_preprocess = true: has no effect"
                + " without streaming = true",
            "data.json: dataloader_param.batch_size = 4: has no effect: the launch argument"
                + " decides",
            "data.json: dataloader_param.seed = 1: has no effect: the launch argument decides");
  }

  @Test
  void reportsEverythingAtOnce() {
    String text = with(MINIMAL_DATA, BASIC + "val_rate", "7");
    text = with(text, ATTR + "formatting", "\"sharegtp\"");
    text = with(text, LOADER + "shuffle", "\"yes\"");

    assertThat(problems(text))
        .containsExactly(
            "data.json: dataset_param.basic_parameters.val_rate = 7: must be in [0, 1]",
            "data.json: dataset_param.attr.formatting = sharegtp: must be one of sharegpt, alpaca,"
                + " multimodal_tool, openai; did you mean sharegpt?",
            "data.json: dataloader_param.shuffle = yes: expected true or false, got a text");
  }

  private static DataConfig parse(String text) {
    return ConfigLoader.parseData("data.json", text);
  }

  private static List<String> problems(String text) {
    return problemsOf(() -> parse(text));
  }
}
