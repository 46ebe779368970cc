package io.sparkmm.conf;

import java.util.Optional;

/**
 * Run-time keys of a sub-model of a Hugging Face model.
 *
 * @param attnImplementation {@code attn_implementation}
 * @param attnLayout {@code attn_layout}
 * @param isCausal {@code is_causal}
 * @param activationOffload {@code activation_offload}
 * @param synchronizePerLayer {@code synchronize_per_layer}
 */
public record AttentionOptions(
    Optional<AttentionImplementation> attnImplementation,
    Optional<AttentionLayout> attnLayout,
    Optional<Boolean> isCausal,
    boolean activationOffload,
    boolean synchronizePerLayer)
    implements KeyGroup {

  static AttentionOptions read(ConfigSection section) {
    if (section.isPresent("synchronize")) {
      section.raw("synchronize");
      section.report("synchronize", "is the old name; write synchronize_per_layer");
    }
    AttentionOptions read =
        new AttentionOptions(
            section.optionalChoice("attn_implementation", AttentionImplementation.class),
            section.optionalChoice("attn_layout", AttentionLayout.class),
            section.optionalFlag("is_causal"),
            section.flag("activation_offload", false),
            section.flag("synchronize_per_layer", false));
    read.check(section);
    return read;
  }

  private void check(ConfigSection section) {
    if (attnImplementation.isEmpty() || attnLayout.isEmpty()) {
      return;
    }
    AttentionLayout needed =
        switch (attnImplementation.get()) {
          case VAR_LEN -> AttentionLayout.TND;
          case SDPA -> AttentionLayout.BNSD;
          case EAGER, FLASH_ATTENTION_2 -> attnLayout.get();
        };
    if (needed != attnLayout.get()) {
      section.report(
          "attn_layout",
          "must be "
              + needed.text()
              + " with attn_implementation = "
              + attnImplementation.get().text());
    }
  }
}
