package io.sparkmm.train.fsdp;

import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Types at the points of a sharded computation. Shards and optimizer state always keep the type of
 * the model's weights.
 *
 * @param paramDtype type of gathered weights and so of the computation; empty for the weights' own
 * @param reduceDtype type in which gradients are averaged; empty for the computed gradients' own
 * @param outputDtype type of a wrapped module's floating-point output; empty for no conversion
 * @param castForwardInputs whether floating-point inputs of every wrapped module are converted to
 *     {@code paramDtype}
 */
public record MixedPrecisionPolicy(
    Optional<ScalarType> paramDtype,
    Optional<ScalarType> reduceDtype,
    Optional<ScalarType> outputDtype,
    boolean castForwardInputs) {
  /** Everything in the weights' own type. */
  public static final MixedPrecisionPolicy NONE =
      new MixedPrecisionPolicy(Optional.empty(), Optional.empty(), Optional.empty(), true);

  public MixedPrecisionPolicy {
    paramDtype = paramDtype.map(ScalarType::intern);
    reduceDtype = reduceDtype.map(ScalarType::intern);
    outputDtype = outputDtype.map(ScalarType::intern);
  }

  /** Computes in {@code param} and averages gradients in {@code reduce}. */
  public static MixedPrecisionPolicy of(ScalarType param, ScalarType reduce) {
    return new MixedPrecisionPolicy(
        Optional.of(param), Optional.of(reduce), Optional.empty(), true);
  }
}
