package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.model.ChunkedLoss;
import io.sparkmm.train.model.Targets;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Maps final states to logits.
 *
 * <p>A tied head has no weight of its own and reads the embedding table. When the model is sharded,
 * the table has to be gathered while the head runs: table and head belong to the same group, the
 * root's unless somebody wraps one of them alone.
 */
final class LmHead extends Module {
  private final Parameter weight;

  private LmHead(Parameter weight) {
    this.weight = weight;
  }

  static LmHead tied(Parameter table) {
    return new LmHead(table);
  }

  static LmHead own(Qwen2VlTextConfig config) {
    LmHead head =
        new LmHead(new Parameter(Parameter.Role.MATRIX, config.vocabSize(), config.hiddenSize()));
    head.parameter("weight", head.weight);
    return head;
  }

  /** Maps {@code [n, H]} to {@code [n, V]}. */
  Tensor forward(Tensor states) {
    return call(inputs -> Linear.product(inputs[0], weight, Optional.empty()), states);
  }

  /** Maps {@code [n, H]} to the loss of n targets, piece by piece. */
  Tensor loss(Tensor states, Targets targets, ChunkedLoss loss) {
    return call(inputs -> loss.compute(inputs[0], weight.value(), targets), states);
  }
}
