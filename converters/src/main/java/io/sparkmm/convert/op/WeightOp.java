package io.sparkmm.convert.op;

import io.sparkmm.convert.view.TensorView;
import java.util.List;

/**
 * An exact, invertible rearrangement that makes the tensors of one naming out of those of another:
 * all tensors whose names match the source patterns with the same values of the placeholders become
 * the tensors that the target patterns name with these values.
 */
public sealed interface WeightOp
    permits Rename, MergeQkv, MergeRows, InterleaveHeads, SplitExperts {

  /** What the tensors taken are called; at least one, all with the same placeholders. */
  List<KeyPattern> sources();

  /** What the tensors made are called; at least one, all with the placeholders of the sources. */
  List<KeyPattern> targets();

  /**
   * Makes the targets of one set of sources.
   *
   * @param tensors one per source pattern, in that order
   * @return one per target pattern, in that order
   * @throws io.sparkmm.convert.ConvertException of kind DATA, with name, expected and actual shape,
   *     when the tensors do not have the form that the rearrangement needs
   */
  List<TensorView> forward(List<NamedTensor> tensors);

  /** The inverse of {@link #forward}: one tensor per target pattern to one per source pattern. */
  List<TensorView> inverse(List<NamedTensor> tensors);
}
