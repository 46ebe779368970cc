package io.sparkmm.data.encode;

import io.sparkmm.data.image.PictureSizing;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.image.QwenPictureSizing;
import io.sparkmm.data.template.ChatTemplate;
import io.sparkmm.data.template.ChatTemplates;
import io.sparkmm.data.template.LabelMask;
import java.io.Serializable;
import java.util.Objects;

/**
 * Everything that decides about the tokens of a sample, apart from the tokenizer; travels to the
 * workers of a job.
 *
 * @param template the chat template itself, so that workers need no registry
 * @param mask length limit and what is trained
 * @param pictures how many features a picture has
 * @param placeholders words that stand for media
 * @param stage what records become
 */
public record EncoderSpec(
    ChatTemplate template,
    LabelMask mask,
    PictureSizing pictures,
    Placeholders placeholders,
    SampleStage stage)
    implements Serializable {
  public EncoderSpec {
    Objects.requireNonNull(template, "template");
    Objects.requireNonNull(mask, "mask");
    Objects.requireNonNull(pictures, "pictures");
    Objects.requireNonNull(placeholders, "placeholders");
    if (mask.cutoffLength() != stage.recordLength()) {
      throw new IllegalArgumentException(
          "Cannot cut records at "
              + mask.cutoffLength()
              + " tokens where "
              + stage.recordLength()
              + " fit");
    }
  }

  /** Settings for conversations to imitate, or preference pairs. */
  public EncoderSpec(
      ChatTemplate template, LabelMask mask, PictureSizing pictures, Placeholders placeholders) {
    this(template, mask, pictures, placeholders, SampleStage.sft(mask.cutoffLength()));
  }

  /** The same settings for another stage. */
  public EncoderSpec withStage(SampleStage other) {
    LabelMask cut = new LabelMask(other.recordLength(), mask.trainOnPrompt(), mask.maskHistory());
    return new EncoderSpec(template, cut, pictures, placeholders, other);
  }

  /**
   * Settings with a built-in template and Qwen-VL pictures.
   *
   * @param template name of the chat template
   * @param mask length limit and what is trained
   * @param imageBounds {@code image_min_pixels} and {@code image_max_pixels} of the data settings
   * @param processor the checkpoint's image processor
   * @param placeholders words that stand for media
   * @throws io.sparkmm.data.sample.DataException if the template does not exist
   */
  public static EncoderSpec of(
      String template,
      LabelMask mask,
      PixelBounds imageBounds,
      ProcessorConfig processor,
      Placeholders placeholders) {
    return new EncoderSpec(
        ChatTemplates.standard().get(template),
        mask,
        new QwenPictureSizing(imageBounds, processor),
        placeholders);
  }
}
