package io.sparkmm.conf;

import java.util.Optional;

/**
 * Loss, randomness and other switches of the run.
 *
 * @param seed seed of everything random
 * @param calculatePerSampleLoss whether the loss is {@link LossType#PER_SAMPLE}
 * @param calculatePerTokenLoss whether the loss is {@link LossType#PER_TOKEN}
 * @param useDeterComp whether only deterministic kernels are used
 * @param npuDeterministic the same by its other name
 * @param trustRemoteCode asks for code from a model folder, which is never run here
 */
public record RunArguments(
    int seed,
    boolean calculatePerSampleLoss,
    boolean calculatePerTokenLoss,
    boolean useDeterComp,
    boolean npuDeterministic,
    boolean trustRemoteCode)
    implements KeyGroup {

  /** The loss type that the arguments ask for. */
  public Optional<LossType> lossType() {
    if (calculatePerSampleLoss) {
      return Optional.of(LossType.PER_SAMPLE);
    }
    return calculatePerTokenLoss ? Optional.of(LossType.PER_TOKEN) : Optional.empty();
  }

  /** Whether runs have to be repeatable. */
  public boolean deterministic() {
    return useDeterComp || npuDeterministic;
  }

  static RunArguments read(ConfigSection section) {
    int before = section.problems().count();
    RunArguments read =
        new RunArguments(
            section.integer("seed", 1234, Limit.ANY),
            section.flag("calculate_per_sample_loss", false),
            section.flag("calculate_per_token_loss", false),
            section.flag("use_deter_comp", false),
            section.flag("npu_deterministic", false),
            section.flag("trust_remote_code", false));
    if (section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private void check(ConfigSection section) {
    if (calculatePerSampleLoss && calculatePerTokenLoss) {
      section.report(
          "calculate_per_sample_loss", "cannot be given together with --calculate-per-token-loss");
    }
    if (trustRemoteCode) {
      section.report("trust_remote_code", "is not supported: code of a model folder is never run");
    }
  }
}
