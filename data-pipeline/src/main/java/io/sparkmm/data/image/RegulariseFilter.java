package io.sparkmm.data.image;

import java.util.Arrays;
import java.util.Optional;

/**
 * The filter that brings a picture inside the area bounds of the data settings, as one of two
 * published programs has it. It has no influence on grids and tokens, only on pixel values. The
 * later resizes always take the processor's filter.
 */
public enum RegulariseFilter {
  /** As MindSpeed-MM for Qwen2-VL and Qwen2.5-VL pictures: the nearest pixel. */
  MINDSPEED_MM("mindspeed-mm", ResampleFilter.NEAREST),
  /** As LLaMA-Factory for all, and MindSpeed-MM for Qwen3-VL pictures: cubic. */
  LLAMA_FACTORY("llama-factory", ResampleFilter.BICUBIC);

  private final String text;
  private final ResampleFilter filter;

  RegulariseFilter(String text, ResampleFilter filter) {
    this.text = text;
    this.filter = filter;
  }

  /** Name in settings and manifests. */
  public String text() {
    return text;
  }

  /** The filter in use. */
  public ResampleFilter filter() {
    return filter;
  }

  /** The filter of a name. */
  public static Optional<RegulariseFilter> of(String text) {
    return Arrays.stream(values()).filter(filter -> filter.text.equals(text)).findFirst();
  }

  /**
   * The filter that the same program takes for a template: for Qwen3-VL MindSpeed-MM does as
   * LLaMA-Factory.
   *
   * @param template name of a chat template
   */
  public RegulariseFilter forTemplate(String template) {
    return template.startsWith("qwen3_vl") ? LLAMA_FACTORY : this;
  }
}
