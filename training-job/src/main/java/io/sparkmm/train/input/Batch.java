package io.sparkmm.train.input;

import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A micro-batch on the training device. Made inside a tensor scope and gone with it.
 *
 * @param host the arrays that the tensors were made of; position ids and grids are read there
 * @param inputIds {@code [B, S]} int64
 * @param attentionMask {@code [B, S]} int64
 * @param labels {@code [B, S]} int64
 * @param pixelValues {@code [N, C*T*P*P]} in the compute type, empty without pictures
 */
public record Batch(
    HostBatch host,
    Tensor inputIds,
    Tensor attentionMask,
    Tensor labels,
    Optional<Tensor> pixelValues) {
  public Batch {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(pixelValues, "pixelValues");
  }
}
