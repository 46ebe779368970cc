package io.sparkmm.train.model.qwen2vl;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Input of the language model in one pass.
 *
 * @param ids {@code [B, S]} int64
 * @param visionCells flat cells that the vision tokens replace, {@code [M]} int64; empty if the
 *     tokens come from a blank picture and only take part with weight 0
 * @param selected flat cells whose final state is wanted, {@code [n]} int64; empty for all
 * @param positions angles, mask and cache
 */
record TextInput(
    Tensor ids, Optional<Tensor> visionCells, Optional<Tensor> selected, DecoderPass positions) {}
