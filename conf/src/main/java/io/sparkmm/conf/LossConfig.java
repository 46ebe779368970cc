package io.sparkmm.conf;

/**
 * {@code loss_cfg}.
 *
 * @param lossType how token losses are reduced
 * @param computeMode how logits are formed
 * @param chunkSize tokens per chunk, or the limit of batch × chunk; used by the chunked modes
 * @param routerAuxLossCoef weight of the router loss of expert models
 */
public record LossConfig(
    LossType lossType, ComputeMode computeMode, int chunkSize, double routerAuxLossCoef) {

  static LossConfig read(ConfigSection section) {
    ComputeMode mode = section.choice("compute_mode", ComputeMode.class, ComputeMode.DEFAULT);
    int defaultChunk = mode == ComputeMode.DYNAMIC_CHUNK ? 4096 : 1024;
    return new LossConfig(
        section.choice("loss_type", LossType.class, LossType.DEFAULT),
        mode,
        section.integer("chunk_size", defaultChunk, Limit.atLeast(1)),
        section.number("router_aux_loss_coef", 0.0, Limit.NOT_NEGATIVE));
  }
}
