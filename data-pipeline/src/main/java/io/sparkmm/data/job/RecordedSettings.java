package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.DatasetAttr;
import io.sparkmm.conf.PreprocessParameters;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.encode.SampleStage;
import io.sparkmm.data.template.TemplateJson;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/** The settings that decided about a data set's bytes, by name, for its manifest. */
final class RecordedSettings {
  /** Names the files of the training part; what is in them is recorded apart from the settings. */
  static final String DATASET = "dataset";

  /** Names the file of the validation part. */
  static final String VAL_DATASET = "val_dataset";

  /** Names the filter of the resize to the area bounds; {@link PreparedPictures} reads it. */
  static final String PICTURE_FILTER = "picture_filter";

  /** Holds the definition of the template; {@link PreparedTemplate} reads it. */
  static final String TEMPLATE = "template definition";

  private final SortedMap<String, String> values = new TreeMap<>();

  private RecordedSettings() {}

  static SortedMap<String, String> of(PrepareSettings settings) {
    RecordedSettings recorded = new RecordedSettings();
    recorded.basic(settings.data().datasetParam().basicParameters());
    recorded.attr(settings.data().datasetParam().attr());
    PreprocessParameters preprocess = settings.data().datasetParam().preprocessParameters();
    recorded.put("model_name_or_path", preprocess.modelNameOrPath());
    recorded.put("image_max_pixels", preprocess.imageMaxPixels());
    recorded.put("image_min_pixels", preprocess.imageMinPixels());
    PrepareSettings.Options options = settings.options();
    recorded.put("crop_to_patches", preprocess.cropToPatches());
    recorded.put(TEMPLATE, TemplateJson.write(EncodeContext.template(settings)));
    recorded.put("seq_length", options.sequenceLength());
    SampleStage stage = Stages.of(settings.data().datasetParam(), options.sequenceLength());
    recorded.put("records_per_shard", stage.recordsPerShard(options.sharding().recordsPerShard()));
    if (stage.packs()) {
      recorded.put("packing_window", stage.window());
    }
    recorded.put("embed_images", options.embedImages());
    recorded.put("check_pictures", options.pictures().check());
    String template = settings.data().datasetParam().basicParameters().template().orElse("");
    recorded.put(PICTURE_FILTER, options.pictures().filter().forTemplate(template).text());
    Placeholders placeholders = options.placeholders();
    recorded.put("image_placeholder", placeholders.image());
    recorded.put("video_placeholder", placeholders.video());
    recorded.put("audio_placeholder", placeholders.audio());
    return recorded.values;
  }

  private void basic(BasicParameters basic) {
    put(DATASET, String.join(",", basic.dataset()));
    put("dataset_dir", basic.datasetDir());
    put("max_samples", basic.recordLimit());
    put(VAL_DATASET, basic.valDataset());
    put("val_max_samples", basic.valMaxSamples());
    put("val_rate", basic.valRate());
    put("train_on_prompt", basic.trainOnPrompt());
    put("mask_history", basic.maskHistory());
  }

  private void attr(DatasetAttr attr) {
    put("attr.ranking", attr.ranking());
    put("attr.packing", attr.packing());
    put("attr.pretrain", attr.pretrain());
    put("attr.formatting", attr.formatting().text());
    put("attr.messages", attr.messages());
    put("attr.system", attr.system());
    put("attr.images", attr.images());
    put("attr.chosen", attr.chosen());
    put("attr.rejected", attr.rejected());
    put("attr.prompt", attr.prompt());
    put("attr.query", attr.query());
    put("attr.response", attr.response());
    put("attr.history", attr.history());
    put("attr.role_tag", attr.roleTag());
    put("attr.content_tag", attr.contentTag());
    put("attr.user_tag", attr.userTag());
    put("attr.assistant_tag", attr.assistantTag());
    put("attr.observation_tag", attr.observationTag());
    put("attr.function_tag", attr.functionTag());
    put("attr.system_tag", attr.systemTag());
  }

  private void put(String key, Object value) {
    values.put(key, value.toString());
  }

  private void put(String key, Optional<String> value) {
    value.ifPresent(text -> values.put(key, text));
  }

  private void put(String key, OptionalInt value) {
    value.ifPresent(number -> values.put(key, Integer.toString(number)));
  }
}
