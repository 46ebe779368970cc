package io.sparkmm.convert.model;

import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.view.TensorView;
import java.util.Map;

/** LoRA adapters of a family: any subset of its linear layers, always A and B together. */
public interface LoraFamily {

  /**
   * Gives adapters the names of the training framework.
   *
   * @param hf tensors by Hugging Face name
   * @param options prefixes of the names
   * @throws io.sparkmm.convert.ConvertException of kind DATA with all names that are unknown and
   *     all adapters that lack A or B
   */
  Map<String, TensorView> toMerged(Map<String, TensorView> hf, LoraNames options);

  /** The inverse of {@link #toMerged}. */
  Map<String, TensorView> toHf(Map<String, TensorView> merged, LoraNames options);

  /** How adapters are divided among tensor parallel ranks. */
  TpTable tpTable();
}
