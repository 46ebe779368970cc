package io.sparkmm.convert.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.convert.parallel.StageSchema;
import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.view.TensorView;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A family of models with common tensor names. "Hugging Face" names are those of the published
 * checkpoints, "merged" ones those of MindSpeed-MM before any division among ranks.
 */
public interface ModelFamily {

  /** The name of its converter on the command line, such as {@code Qwen2VLConverter}. */
  String converterName();

  /**
   * Reads the sizes of a model.
   *
   * @param config the content of {@code config.json}
   * @throws io.sparkmm.convert.ConvertException of kind USAGE with everything that is wrong with it
   */
  ModelShape shape(JsonNode config);

  /**
   * Checks all tensors against the configuration and brings them to the merged layout.
   *
   * @param hf tensors by Hugging Face name
   * @return tensors by merged name
   * @throws io.sparkmm.convert.ConvertException of kind DATA with all that are missing, unknown or
   *     of a wrong shape; of kind USAGE when the family does not know an option
   */
  Map<String, TensorView> toMerged(
      Map<String, TensorView> hf, ModelShape shape, FamilyOptions options);

  /**
   * The inverse of {@link #toMerged}, with the same checks.
   *
   * @param merged tensors by merged name
   * @return tensors by Hugging Face name; those of a tied model always have {@link #tiedHead}
   */
  Map<String, TensorView> toHf(
      Map<String, TensorView> merged, ModelShape shape, FamilyOptions options);

  /**
   * Hugging Face name of the output layer of a tied model, which files may have or not; empty when
   * the output layer is not tied.
   */
  Optional<String> tiedHead(ModelShape shape);

  /** How merged tensors are divided among tensor parallel ranks. */
  TpTable tpTable(FamilyOptions options, ModelShape shape);

  /**
   * How merged tensors are divided by {@code resplit}, which knows no configuration; empty when the
   * family has no such command.
   *
   * @param canonical q, k, v and gate, up lie apart
   */
  Optional<TpTable> resplitTable(boolean canonical);

  /** Where merged tensors go on the pipeline: the vision tower and the language model. */
  List<StageSchema> stages();

  /** Whether the family has the layout that leaves q, k, v and gate, up apart. */
  boolean hasCanonicalLayout();

  /** Adapters of the family; empty when it has no converter for them. */
  Optional<LoraFamily> lora();
}
