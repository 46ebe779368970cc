package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.DatasetAttr;
import io.sparkmm.conf.DatasetFormatting;
import io.sparkmm.conf.PreprocessParameters;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.source.DatasetFormats;
import io.sparkmm.data.source.SourceSettings;
import io.sparkmm.data.template.ChatTemplates;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the settings of {@code data.json} that preparation does not support, all at once, so that
 * none is ignored silently.
 */
final class SupportedSettings {
  private static final Logger LOG = LoggerFactory.getLogger(SupportedSettings.class);

  private final List<String> problems = new ArrayList<>();

  private SupportedSettings() {}

  /**
   * Checks a configuration; a setting that is without effect here is logged.
   *
   * @throws DataException of kind {@code SETTING} that lists every unsupported setting
   */
  static void check(DataConfig data) {
    SupportedSettings settings = new SupportedSettings();
    settings.basic(data.datasetParam().basicParameters());
    settings.preprocess(data.datasetParam().preprocessParameters());
    settings.attr(data.datasetParam().attr());
    Stages.withoutEffect(data.datasetParam()).forEach(LOG::warn);
    if (!settings.problems.isEmpty()) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot prepare with this configuration:\n  " + String.join("\n  ", settings.problems));
    }
  }

  private void basic(BasicParameters basic) {
    String path = "dataset_param.basic_parameters.";
    if (basic.template().isEmpty()) {
      problems.add(path + "template is missing: name one of " + ChatTemplates.standard().names());
    } else if (!ChatTemplates.standard().names().contains(basic.template().get())) {
      problems.add(
          path
              + "template = "
              + basic.template().get()
              + " is not supported; supported are "
              + ChatTemplates.standard().names());
    }
    if (basic.streaming()) {
      LOG.info("{}streaming: all records are prepared; training reads them in their order", path);
    }
    refuse(path + "preprocess_on_fly", basic.preprocessOnFly());
    refuse(path + "use_pmcc_data", basic.usePmccData());
    if (basic.cacheDir().isPresent() || basic.overwriteCache()) {
      LOG.warn("{}cache_dir and overwrite_cache have no effect: the data set is the cache", path);
    }
    if (basic.preprocessingNumWorkers().isPresent()) {
      LOG.info("{}preprocessing_num_workers has no effect: Spark's cores do the work", path);
    }
  }

  private void preprocess(PreprocessParameters preprocess) {
    String path = "dataset_param.preprocess_parameters.";
    if (preprocess.modelNameOrPath().isEmpty()) {
      problems.add(
          path + "model_name_or_path is missing: name the folder with the tokenizer's files");
    }
    refuse(path + "split_special_tokens", preprocess.splitSpecialTokens());
    refuse(path + "image_do_pan_and_scan", preprocess.imageDoPanAndScan());
    refuse(path + "crop_to_patches", preprocess.cropToPatches());
    refuse(path + "use_audio_in_video", preprocess.useAudioInVideo());
    refuse(path + "fix_mistral_regex", preprocess.fixMistralRegex());
    refuse(path + "trust_remote_code", preprocess.trustRemoteCode());
  }

  private void attr(DatasetAttr attr) {
    String path = "dataset_param.attr.";
    formatting(path, attr);
    SourceAttributes.unread(attr)
        .forEach(
            (key, name) ->
                LOG.warn(
                    "{}{} = \"{}\" has no effect: formatting {} {} ranking does not read it",
                    path,
                    key,
                    name,
                    attr.formatting().text(),
                    attr.ranking() ? "with" : "without"));
    attr.videos().ifPresent(name -> warnOfMedia(path + "videos", "videos"));
    attr.audios().ifPresent(name -> warnOfMedia(path + "audios", "sounds"));
  }

  private void formatting(String path, DatasetAttr attr) {
    String formatting = attr.formatting().text();
    Set<String> supported = DatasetFormats.standard().names();
    if (!supported.contains(formatting)) {
      String hint =
          attr.formatting() == DatasetFormatting.OPENAI
              ? "; messages without tool calls can be read with sharegpt, role_tag role and"
                  + " content_tag content"
              : "";
      problems.add(
          path
              + "formatting = "
              + formatting
              + " is not supported; supported are "
              + supported
              + hint);
      return;
    }
    try {
      DatasetFormats.standard()
          .get(formatting)
          .parser(SourceSettings.of(SourceAttributes.of(attr), ""), file -> false);
    } catch (DataException e) {
      problems.add("dataset_param.attr: " + e.getMessage());
    }
  }

  private static void warnOfMedia(String key, String media) {
    LOG.warn(
        "{}: {} cannot be decoded at present; records that have some are rejected, all others are"
            + " used",
        key,
        media);
  }

  private void refuse(String key, boolean value) {
    if (value) {
      problems.add(key + " = true is not supported yet");
    }
  }
}
