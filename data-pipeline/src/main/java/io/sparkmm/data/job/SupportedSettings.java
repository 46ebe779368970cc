package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.DatasetAttr;
import io.sparkmm.conf.DatasetFormatting;
import io.sparkmm.conf.NamedValue;
import io.sparkmm.conf.PreprocessParameters;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.source.DatasetFormats;
import io.sparkmm.data.source.SourceSettings;
import io.sparkmm.data.template.ChatTemplates;
import io.sparkmm.data.template.ToolFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the settings of {@code data.json} that preparation does not support, all at once, so that
 * none is ignored silently. {@link SettingRemarks} finds those that have no effect.
 */
final class SupportedSettings {
  private static final Logger LOG = LoggerFactory.getLogger(SupportedSettings.class);

  private final ChatTemplates templates;
  private final List<String> problems = new ArrayList<>();

  private SupportedSettings(ChatTemplates templates) {
    this.templates = templates;
  }

  /**
   * Checks a configuration; each setting that is without effect here is logged once.
   *
   * @throws DataException of kind {@code SETTING} that lists every unsupported setting
   */
  static void check(PrepareSettings settings) {
    check(settings.data(), settings.options().templates());
  }

  /** The same with the built-in templates. */
  static void check(DataConfig data) {
    check(data, ChatTemplates.standard());
  }

  private static void check(DataConfig data, ChatTemplates templates) {
    SupportedSettings settings = new SupportedSettings(templates);
    settings.basic(data);
    settings.preprocess(data.datasetParam().preprocessParameters());
    settings.attr(data.datasetParam().attr());
    SettingRemarks.of(data.datasetParam()).forEach(LOG::warn);
    if (!settings.problems.isEmpty()) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot prepare with this configuration:\n  " + String.join("\n  ", settings.problems));
    }
  }

  private void basic(DataConfig data) {
    BasicParameters basic = data.datasetParam().basicParameters();
    String path = "dataset_param.basic_parameters.";
    if (basic.template().isEmpty()) {
      problems.add(path + "template is missing: name one of " + templates.names());
    } else if (!templates.names().contains(basic.template().get())) {
      problems.add(
          path
              + "template = "
              + basic.template().get()
              + " is not supported; supported are "
              + templates.names());
    }
    basic
        .toolFormat()
        .filter(name -> NamedValue.find(ToolFormat.class, name).isEmpty())
        .ifPresent(
            name ->
                problems.add(
                    path
                        + "tool_format = "
                        + name
                        + " is not supported; supported are "
                        + NamedValue.texts(ToolFormat.class)));
    if (basic.streaming() && data.dataloaderParam().shuffle()) {
      problems.add(
          path
              + "streaming = true reads records in the order of the files: set"
              + " dataloader_param.shuffle to false");
    }
    refuse(
        path + "use_pmcc_data",
        basic.usePmccData(),
        "contents that are lists of token ids already cannot be read");
  }

  private void preprocess(PreprocessParameters preprocess) {
    String path = "dataset_param.preprocess_parameters.";
    if (preprocess.modelNameOrPath().isEmpty()) {
      problems.add(
          path + "model_name_or_path is missing: name the folder with the tokenizer's files");
    } else if (preprocess.modelNameOrPath().get().contains("://")) {
      problems.add(
          path
              + "model_name_or_path = "
              + preprocess.modelNameOrPath().get()
              + " is not supported: it has to be a local folder of the driver");
    }
    if (preprocess.splitSpecialTokens()) {
      problems.add(
          path
              + "split_special_tokens = true is not supported: it would cut the tokens of the"
              + " template and of the pictures into pieces, too");
    }
    if (preprocess.cropToPatches()) {
      LOG.info("{}crop_to_patches has an effect for templates with InternVL pictures only", path);
    }
    Map<String, Boolean> otherFamilies =
        Map.of(
            "image_do_pan_and_scan", preprocess.imageDoPanAndScan(),
            "use_audio_in_video", preprocess.useAudioInVideo());
    for (String key : otherFamilies.keySet().stream().sorted().toList()) {
      refuse(path + key, otherFamilies.get(key), "it belongs to other model families");
    }
    refuse(
        path + "fix_mistral_regex",
        preprocess.fixMistralRegex(),
        "the tokenizer is what tokenizer.json says; mend it there");
  }

  private void attr(DatasetAttr attr) {
    String formatting = attr.formatting().text();
    Set<String> supported = DatasetFormats.standard().names();
    if (!supported.contains(formatting)) {
      String hint =
          attr.formatting() == DatasetFormatting.OPENAI
              ? "; messages without tool calls can be read with sharegpt, role_tag role and"
                  + " content_tag content"
              : "";
      problems.add(
          "dataset_param.attr.formatting = "
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

  private void refuse(String key, boolean value, String reason) {
    if (value) {
      problems.add(key + " = true is not supported: " + reason);
    }
  }
}
