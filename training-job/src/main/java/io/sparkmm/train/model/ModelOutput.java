package io.sparkmm.train.model;

import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What a language model hands to the loss: logits of the positions that have a target, and only
 * those, so that no {@code [B, S, V]} tensor is ever made in training. A model that computed its
 * loss {@linkplain ChunkedLoss piece by piece} hands over the loss instead.
 */
public final class ModelOutput {
  private final Optional<Tensor> logits;
  private final Optional<Tensor> loss;
  private final Targets goals;

  private ModelOutput(Optional<Tensor> logits, Optional<Tensor> loss, Targets goals) {
    this.logits = logits;
    this.loss = loss;
    this.goals = Objects.requireNonNull(goals, "goals");
  }

  /**
   * Output with logits.
   *
   * @param logits {@code [n, V]} in the compute type; row k predicts {@code targets[k]}
   * @param targets {@code [n]} int64, the labels already shifted, none of them ignored
   * @param rows {@code [n]} int64, index in the micro-batch of the sequence that the target is in
   * @param batchRows sequences in the micro-batch
   */
  public ModelOutput(Tensor logits, Tensor targets, Tensor rows, int batchRows) {
    this(Optional.of(logits), Optional.empty(), new Targets(targets, rows, batchRows));
  }

  /** Output of a model that computed its loss itself. */
  public static ModelOutput ofLoss(Tensor loss, Targets goals) {
    return new ModelOutput(Optional.empty(), Optional.of(loss), goals);
  }

  /**
   * The logits.
   *
   * @throws ModelException if the loss was computed piece by piece, so that there are none
   */
  public Tensor logits() {
    return logits.orElseThrow(
        () ->
            new ModelException(
                ModelException.Kind.CONFIG,
                "Cannot read the logits of a micro-batch: its loss was computed in chunks; set"
                    + " loss_cfg.compute_mode to default"));
  }

  /** The loss, if the model computed it. */
  public Optional<Tensor> loss() {
    return loss;
  }

  /** Everything about the targets. */
  public Targets goals() {
    return goals;
  }

  /** Ids to predict, {@code [n]} int64. */
  public Tensor targets() {
    return goals.ids();
  }

  /** Index of each target's sequence in the micro-batch, {@code [n]} int64. */
  public Tensor rows() {
    return goals.rows();
  }

  /** Sequences in the micro-batch. */
  public int batchRows() {
    return goals.batchRows();
  }
}
