package io.sparkmm.conf;

/** Task of a run, by the script that starts it in the reference suite. */
public enum EntryPoint implements NamedValue {
  /** Fine-tuning of the built-in model. */
  PRETRAIN_VLM("pretrain_vlm.py"),
  /** Fine-tuning of Hugging Face models. */
  PRETRAIN_TRANSFORMERS("pretrain_transformers.py"),
  /** Preference training of the built-in model. */
  POSTTRAIN_QWEN2VL_DPO("posttrain_qwen2vl_dpo.py");

  private final String text;

  EntryPoint(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
