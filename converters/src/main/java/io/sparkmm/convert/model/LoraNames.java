package io.sparkmm.convert.model;

import io.sparkmm.convert.ConvertException;

/**
 * How adapters are named on the Hugging Face side.
 *
 * @param modelPrefix what stands before all names; may be empty
 * @param newNames {@code model.language_model.} and {@code model.visual.} instead of {@code model.}
 *     and {@code visual.}
 * @param visionOnly take only the vision tower
 */
public record LoraNames(String modelPrefix, boolean newNames, boolean visionOnly) {

  /**
   * @throws ConvertException of kind USAGE when the prefix has braces, which no name has
   */
  public LoraNames {
    if (modelPrefix.contains("{") || modelPrefix.contains("}")) {
      throw ConvertException.usage(
          "cfg.common_model_config.model_prefix: no names begin with " + modelPrefix);
    }
  }
}
