package io.sparkmm.conf;

import java.util.Optional;

/**
 * {@code dataset_param.preprocess_parameters}: tokenizer and picture processor.
 *
 * @param modelNameOrPath local folder of a checkpoint with tokenizer and processor files
 * @param useFastTokenizer fast tokenizer and fast picture processor
 * @param splitSpecialTokens whether special tokens inside texts are split into pieces
 * @param imageMaxPixels upper bound of a picture's area, in pixels, at the first resize
 * @param imageMinPixels lower bound of a picture's area, in pixels
 * @param videoMaxPixels upper bound of a frame's area, in pixels
 * @param videoMinPixels lower bound of a frame's area, in pixels
 * @param videoFps sampled frames per second
 * @param videoMaxlen most sampled frames
 * @param imageResolution legacy, not read
 * @param videoResolution legacy, not read
 * @param imageDoPanAndScan other model families
 * @param cropToPatches other model families
 * @param useAudioInVideo other model families
 * @param audioSamplingRate samples per second
 * @param trustRemoteCode asks for code from the checkpoint folder, which is never run here
 * @param fixMistralRegex other model families
 */
public record PreprocessParameters(
    Optional<String> modelNameOrPath,
    boolean useFastTokenizer,
    boolean splitSpecialTokens,
    int imageMaxPixels,
    int imageMinPixels,
    int videoMaxPixels,
    int videoMinPixels,
    double videoFps,
    int videoMaxlen,
    int imageResolution,
    int videoResolution,
    boolean imageDoPanAndScan,
    boolean cropToPatches,
    boolean useAudioInVideo,
    int audioSamplingRate,
    boolean trustRemoteCode,
    boolean fixMistralRegex) {

  static PreprocessParameters read(ConfigSection section) {
    PreprocessParameters read =
        new PreprocessParameters(
            section.optionalText("model_name_or_path"),
            section.flag("use_fast_tokenizer", true),
            section.flag("split_special_tokens", false),
            section.integer("image_max_pixels", 768 * 768, Limit.atLeast(1)),
            section.integer("image_min_pixels", 32 * 32, Limit.NOT_NEGATIVE),
            section.integer("video_max_pixels", 256 * 256, Limit.atLeast(1)),
            section.integer("video_min_pixels", 16 * 16, Limit.NOT_NEGATIVE),
            section.number("video_fps", 2.0, Limit.POSITIVE),
            section.integer("video_maxlen", 128, Limit.atLeast(1)),
            section.integer("image_resolution", 512, Limit.atLeast(1)),
            section.integer("video_resolution", 128, Limit.atLeast(1)),
            section.flag("image_do_pan_and_scan", false),
            section.flag("crop_to_patches", false),
            section.flag("use_audio_in_video", false),
            section.integer("audio_sampling_rate", 16000, Limit.atLeast(1)),
            section.flag("trust_remote_code", false),
            section.flag("fix_mistral_regex", false));
    read.checkOrder(section, "image_min_pixels", read.imageMinPixels, read.imageMaxPixels);
    read.checkOrder(section, "video_min_pixels", read.videoMinPixels, read.videoMaxPixels);
    return read;
  }

  private void checkOrder(ConfigSection section, String key, int min, int max) {
    if (min > max) {
      section.report(
          key, "must not be greater than " + key.replace("min", "max") + " (" + max + ")");
    }
  }
}
