package io.sparkmm.conf;

/**
 * {@code image_encoder}.
 *
 * @param visionEncoder the vision tower
 * @param visionProjector the layers between tower and decoder
 */
public record ImageEncoderConfig(
    VisionEncoderConfig visionEncoder, VisionProjectorConfig visionProjector) {

  static ImageEncoderConfig read(ConfigSection section, boolean fromHuggingFace) {
    ConfigSection encoder =
        fromHuggingFace
            ? section.section("vision_encoder")
            : section.requiredSection("vision_encoder");
    ConfigSection projector =
        fromHuggingFace
            ? section.section("vision_projector")
            : section.requiredSection("vision_projector");
    return new ImageEncoderConfig(
        VisionEncoderConfig.read(encoder, fromHuggingFace),
        VisionProjectorConfig.read(projector, fromHuggingFace));
  }
}
