package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.DatasetParam;
import io.sparkmm.conf.NamedValue;
import io.sparkmm.conf.PreprocessParameters;
import io.sparkmm.data.encode.EncoderSpec;
import io.sparkmm.data.encode.SampleStage;
import io.sparkmm.data.image.NoPictures;
import io.sparkmm.data.image.PictureFamilies;
import io.sparkmm.data.image.PictureSettings;
import io.sparkmm.data.image.PictureSizing;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.source.SourceSettings;
import io.sparkmm.data.template.ChatTemplate;
import io.sparkmm.data.template.LabelMask;
import io.sparkmm.data.template.Reasoning;
import io.sparkmm.data.template.ToolFormat;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Optional;

/**
 * All that a task needs to encode records; sent to each executor once.
 *
 * @param tokenizer files of the tokenizer
 * @param spec what decides about tokens
 * @param formatting name of the record layout
 * @param source names of columns and roles, and the folder of the media
 * @param pictures how pictures are treated
 */
record EncodeContext(
    TokenizerFiles tokenizer,
    EncoderSpec spec,
    String formatting,
    SourceSettings source,
    PrepareSettings.Pictures pictures)
    implements Serializable {

  /**
   * Reads what the settings point to.
   *
   * @throws io.sparkmm.data.sample.DataException if a file of the checkpoint folder is missing or
   *     damaged
   */
  static EncodeContext of(PrepareSettings settings) {
    DatasetParam dataset = settings.data().datasetParam();
    BasicParameters basic = dataset.basicParameters();
    PreprocessParameters preprocess = dataset.preprocessParameters();
    Path checkpoint = Path.of(preprocess.modelNameOrPath().orElseThrow());
    PrepareSettings.Options options = settings.options();
    ChatTemplate template = template(settings);
    SampleStage stage = Stages.of(dataset, options.sequenceLength());
    EncoderSpec spec =
        new EncoderSpec(
            template,
            new LabelMask(stage.recordLength(), basic.trainOnPrompt(), basic.maskHistory()),
            pictures(template, checkpoint, preprocess),
            options.placeholders(),
            stage);
    return new EncodeContext(
        TokenizerFiles.read(checkpoint),
        spec,
        dataset.attr().formatting().text(),
        SourceSettings.of(SourceAttributes.of(dataset.attr()), basic.datasetDir()),
        options.pictures());
  }

  /**
   * The template with the choices of the data settings.
   *
   * @throws io.sparkmm.data.sample.DataException if there is no such template
   */
  static ChatTemplate template(PrepareSettings settings) {
    BasicParameters basic = settings.data().datasetParam().basicParameters();
    ChatTemplate template = settings.options().templates().get(basic.template().orElseThrow());
    if (!basic.enableThinking()) {
      template = template.withThinking(Reasoning.Thinking.OFF);
    }
    Optional<ToolFormat> format =
        basic.toolFormat().flatMap(name -> NamedValue.find(ToolFormat.class, name));
    return format.isPresent() ? template.withToolFormat(format.get()) : template;
  }

  private static PictureSizing pictures(
      ChatTemplate template, Path checkpoint, PreprocessParameters preprocess) {
    PictureSettings settings =
        new PictureSettings(
            new PixelBounds(preprocess.imageMinPixels(), preprocess.imageMaxPixels()),
            preprocess.cropToPatches());
    return template
        .mediaTokens()
        .map(tokens -> PictureFamilies.standard().get(tokens.family()).read(checkpoint, settings))
        .orElseGet(NoPictures::new);
  }
}
