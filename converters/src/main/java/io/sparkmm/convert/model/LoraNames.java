package io.sparkmm.convert.model;

/**
 * How adapters are named on the Hugging Face side.
 *
 * @param modelPrefix what stands before all names; may be empty
 * @param newNames {@code model.language_model.} and {@code model.visual.} instead of {@code model.}
 *     and {@code visual.}
 * @param visionOnly take only the vision tower
 */
public record LoraNames(String modelPrefix, boolean newNames, boolean visionOnly) {}
