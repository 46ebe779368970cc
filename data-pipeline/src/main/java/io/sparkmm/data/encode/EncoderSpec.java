package io.sparkmm.data.encode;

import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.template.LabelMask;
import java.io.Serializable;
import java.util.Objects;

/**
 * Everything that decides about the tokens of a sample, apart from the tokenizer; travels to the
 * workers of a job.
 *
 * @param template name of the chat template
 * @param mask length limit and what is trained
 * @param imageBounds {@code image_min_pixels} and {@code image_max_pixels} of the data settings
 * @param processor the checkpoint's image processor
 * @param placeholders words that stand for media
 */
public record EncoderSpec(
    String template,
    LabelMask mask,
    PixelBounds imageBounds,
    ProcessorConfig processor,
    Placeholders placeholders)
    implements Serializable {
  public EncoderSpec {
    Objects.requireNonNull(template, "template");
    Objects.requireNonNull(mask, "mask");
    Objects.requireNonNull(imageBounds, "imageBounds");
    Objects.requireNonNull(processor, "processor");
    Objects.requireNonNull(placeholders, "placeholders");
  }
}
