package io.sparkmm.train.model;

import org.bytedeco.pytorch.Tensor;

/**
 * What a language model hands to the loss: logits of the positions that have a target, and only
 * those, so that no {@code [B, S, V]} tensor is ever made in training.
 *
 * @param logits {@code [n, V]} in the compute type; row k predicts {@code targets[k]}
 * @param targets {@code [n]} int64, the labels already shifted, none of them ignored
 * @param rows {@code [n]} int64, index in the micro-batch of the sequence that the target is in
 * @param batchRows sequences in the micro-batch
 */
public record ModelOutput(Tensor logits, Tensor targets, Tensor rows, int batchRows) {}
