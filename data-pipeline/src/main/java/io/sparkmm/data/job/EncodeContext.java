package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.DatasetParam;
import io.sparkmm.conf.PreprocessParameters;
import io.sparkmm.data.encode.EncoderSpec;
import io.sparkmm.data.encode.SampleStage;
import io.sparkmm.data.image.PictureFamilies;
import io.sparkmm.data.image.PictureSettings;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.source.SourceSettings;
import io.sparkmm.data.template.ChatTemplate;
import io.sparkmm.data.template.ChatTemplates;
import io.sparkmm.data.template.LabelMask;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.io.Serializable;
import java.nio.file.Path;

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
    ChatTemplate template = ChatTemplates.standard().get(basic.template().orElseThrow());
    PictureSettings pictures =
        new PictureSettings(
            new PixelBounds(preprocess.imageMinPixels(), preprocess.imageMaxPixels()),
            preprocess.cropToPatches());
    SampleStage stage = Stages.of(dataset, options.sequenceLength());
    EncoderSpec spec =
        new EncoderSpec(
            template,
            new LabelMask(stage.recordLength(), basic.trainOnPrompt(), basic.maskHistory()),
            PictureFamilies.standard()
                .get(template.mediaTokens().orElseThrow().family())
                .read(checkpoint, pictures),
            options.placeholders(),
            stage);
    return new EncodeContext(
        TokenizerFiles.read(checkpoint),
        spec,
        dataset.attr().formatting().text(),
        SourceSettings.of(SourceAttributes.of(dataset.attr()), basic.datasetDir()),
        options.pictures());
  }
}
