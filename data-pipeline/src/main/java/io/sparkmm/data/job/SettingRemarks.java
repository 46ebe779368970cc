package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.DatasetAttr;
import io.sparkmm.conf.DatasetParam;
import io.sparkmm.conf.PreprocessParameters;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the settings of {@code data.json} that preparation accepts and that have no effect on it,
 * each with the reason. A setting with its default value is not mentioned.
 */
final class SettingRemarks {
  private static final String BASIC = "dataset_param.basic_parameters.";
  private static final String PREPROCESS = "dataset_param.preprocess_parameters.";
  private static final String ATTR = "dataset_param.attr.";

  private final List<String> remarks = new ArrayList<>();

  private SettingRemarks() {}

  /** One sentence for each setting or group of settings. */
  static List<String> of(DatasetParam dataset) {
    SettingRemarks found = new SettingRemarks();
    found.basic(dataset.basicParameters());
    found.preprocess(dataset.preprocessParameters());
    found.attr(dataset.attr());
    found.remarks.addAll(Stages.withoutEffect(dataset));
    return List.copyOf(found.remarks);
  }

  private void basic(BasicParameters basic) {
    remark(
        basic.streaming(),
        BASIC
            + "streaming = true: records become shards before training begins; they keep the"
            + " order of the files, and max_samples has no effect");
    remark(
        basic.preprocessOnFly() && !basic.streaming(),
        BASIC
            + "preprocess_on_fly = true has no effect: records are tokenized once, here, and a"
            + " bad one is rejected here instead of failing the training");
    remark(
        basic.asyncPreprocess() && basic.streaming(),
        BASIC
            + "async_preprocess = true has no effect: tokenizing is done when training begins;"
            + " records are numbered after bad ones are left out");
    remark(
        basic.cacheDir().isPresent() || basic.overwriteCache(),
        BASIC
            + "cache_dir and overwrite_cache have no effect: the prepared data set is the cache,"
            + " and --output names it");
    remark(
        basic.preprocessingNumWorkers().isPresent(),
        BASIC + "preprocessing_num_workers has no effect: Spark's cores do the work");
  }

  private void preprocess(PreprocessParameters preprocess) {
    remark(
        preprocess.trustRemoteCode(),
        PREPROCESS
            + "trust_remote_code = true has no effect: code of the checkpoint folder is"
            + " never run, tokenizer.json and preprocessor_config.json are read as data");
    remark(
        preprocess.imageResolution() != 512 || preprocess.videoResolution() != 128,
        PREPROCESS
            + "image_resolution and video_resolution have no effect: they are of the past,"
            + " image_max_pixels and image_min_pixels bound the pictures");
    remark(
        preprocess.videoMaxPixels() != 256 * 256
            || preprocess.videoMinPixels() != 16 * 16
            || preprocess.videoFps() != 2.0
            || preprocess.videoMaxlen() != 128,
        PREPROCESS
            + "video_max_pixels, video_min_pixels, video_fps and video_maxlen have no"
            + " effect: videos cannot be decoded at present");
    remark(
        preprocess.audioSamplingRate() != 16000,
        PREPROCESS + "audio_sampling_rate has no effect: sounds cannot be decoded at present");
  }

  private void attr(DatasetAttr attr) {
    SourceAttributes.unread(attr)
        .forEach(
            (key, name) ->
                remarks.add(
                    ATTR
                        + key
                        + " = \""
                        + name
                        + "\" has no effect: formatting "
                        + attr.formatting().text()
                        + (attr.ranking() ? " with" : " without")
                        + " ranking does not read it"));
    remark(attr.videos().isPresent(), media(ATTR + "videos", "videos"));
    remark(attr.audios().isPresent(), media(ATTR + "audios", "sounds"));
  }

  private static String media(String key, String media) {
    return key
        + ": "
        + media
        + " cannot be decoded at present; records that have some are rejected, all others are used";
  }

  private void remark(boolean applies, String text) {
    if (applies) {
      remarks.add(text);
    }
  }
}
