package io.sparkmm.conf;

/** What {@code dataset_param.dataset_type} may say: the kind of data set. */
public enum DatasetType implements NamedValue {
  /** Conversations of the Qwen-VL family. */
  HUGGINGFACE("huggingface"),
  /** Conversations of the InternVL family. */
  MULTIMODAL("multimodal"),
  /** Conversations of DeepSeek-VL2. */
  DEEPSEEKVL2("deepseekvl2"),
  /** Text to video. */
  T2V("t2v"),
  /** Image to video. */
  I2V("i2v"),
  /** Text to image. */
  T2I("t2i"),
  /** Video generation with dynamic sizes. */
  DT2V("dt2v"),
  /** Features extracted beforehand. */
  FEATURE("feature"),
  /** Audio. */
  AUDIO("audio"),
  /** Video rewards. */
  REWARDVIDEO("rewardvideo"),
  /** Lumina. */
  LUMINA("lumina"),
  /** Bagel. */
  BAGEL("bagel");

  private final String text;

  DatasetType(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
