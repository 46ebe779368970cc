package io.sparkmm.train.nn;

import static org.bytedeco.pytorch.global.torch.embedding;

import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;

/** Rows of a table by id. */
public final class Embedding extends Module {
  private final Parameter weight;
  private final long paddingId;

  /**
   * Declares a table of {@code rows} vectors of length {@code width}.
   *
   * @param paddingId row that gets no gradient from look-ups, if any
   */
  public Embedding(long rows, long width, OptionalInt paddingId) {
    this.paddingId = paddingId.orElse(-1);
    weight = parameter("weight", new Parameter(Parameter.Role.EMBEDDING, rows, width));
  }

  /** The table, for a head that is tied to it. */
  public Parameter weight() {
    return weight;
  }

  /** Maps int64 ids {@code [...]} to {@code [..., width]}. */
  public Tensor forward(Tensor ids) {
    return call(inputs -> embedding(weight.value(), inputs[0], paddingId, false, false), ids);
  }
}
