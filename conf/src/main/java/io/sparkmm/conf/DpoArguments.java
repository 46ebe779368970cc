package io.sparkmm.conf;

import java.util.Optional;

/**
 * Preference training.
 *
 * @param dpoBeta weight of the distance to the reference
 * @param dpoLossType loss
 * @param dpoLabelSmoothing share of pairs taken as wrong way round
 * @param prefFtx weight of the fine-tuning loss on chosen answers
 * @param refModel reference weights; empty: those of {@code load}
 */
public record DpoArguments(
    double dpoBeta,
    DpoLossType dpoLossType,
    double dpoLabelSmoothing,
    double prefFtx,
    Optional<String> refModel)
    implements KeyGroup {

  static DpoArguments read(ConfigSection section) {
    return new DpoArguments(
        section.number("dpo_beta", 0.1, Limit.POSITIVE),
        section.choice("dpo_loss_type", DpoLossType.class, DpoLossType.SIGMOID),
        section.number("dpo_label_smoothing", 0.0, Limit.between(0, 0.5)),
        section.number("pref_ftx", 0.0, Limit.NOT_NEGATIVE),
        section.optionalText("ref_model"));
  }
}
