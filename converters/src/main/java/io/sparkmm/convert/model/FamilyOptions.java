package io.sparkmm.convert.model;

/**
 * What changes the tensors of a family.
 *
 * @param canonical q, k, v and gate, up stay apart ({@code enable_canonical_hf_struct})
 * @param visionOnly take only the vision tower and its projector ({@code save_vit_only})
 * @param languageModelReplaced the language model comes from another checkpoint, in which case the
 *     projector may be missing ({@code llm_hf_dir})
 * @param devices number of pipeline devices: on more than one a tied output layer is stored beside
 *     the embedding
 */
public record FamilyOptions(
    boolean canonical, boolean visionOnly, boolean languageModelReplaced, int devices) {

  /** The merged layout of a whole model on one pipeline device. */
  public static final FamilyOptions DEFAULT = new FamilyOptions(false, false, false, 1);

  /** These options for another number of pipeline devices. */
  public FamilyOptions withDevices(int count) {
    return new FamilyOptions(canonical, visionOnly, languageModelReplaced, count);
  }

  /** These options with or without merging q, k, v and gate, up. */
  public FamilyOptions withCanonical(boolean value) {
    return new FamilyOptions(value, visionOnly, languageModelReplaced, devices);
  }
}
