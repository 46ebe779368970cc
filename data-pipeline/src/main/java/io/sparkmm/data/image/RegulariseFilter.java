package io.sparkmm.data.image;

/**
 * The filter that brings a picture inside the area bounds of the data settings. It has no influence
 * on grids and tokens, only on pixel values. The later resizes always take the processor's filter.
 */
public enum RegulariseFilter {
  /** As MindSpeed-MM does for Qwen2-VL and Qwen2.5-VL pictures. */
  MINDSPEED_MM(ResampleFilter.NEAREST),
  /** As LLaMA-Factory does always. */
  LLAMA_FACTORY(ResampleFilter.BICUBIC);

  private final ResampleFilter filter;

  RegulariseFilter(ResampleFilter filter) {
    this.filter = filter;
  }

  /** The filter in use. */
  public ResampleFilter filter() {
    return filter;
  }
}
