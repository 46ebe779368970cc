package io.sparkmm.conf;

/**
 * Loss, randomness and other switches of the run.
 *
 * @param seed seed of everything random
 * @param calculatePerSampleLoss loss by sample on the Megatron path
 * @param calculatePerTokenLoss loss by token on the Megatron path
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
