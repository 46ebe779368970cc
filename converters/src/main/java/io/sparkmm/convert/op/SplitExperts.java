package io.sparkmm.convert.op;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The weights of all experts in one tensor {@code [experts, in, out]}, changed to one tensor {@code
 * [out, in]} per expert.
 *
 * @param source names of the tensors with all experts
 * @param targets names of the tensors of each expert, in order
 */
public record SplitExperts(KeyPattern source, List<KeyPattern> targets) implements WeightOp {

  /** The placeholder in the template of the targets that the number of the expert replaces. */
  public static final String EXPERT = "{X}";

  /**
   * @throws IllegalArgumentException when there is no expert
   */
  public SplitExperts {
    targets = List.copyOf(targets);
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("Cannot split " + source + " into no experts");
    }
  }

  /**
   * The operator for two templates.
   *
   * @param target has {@link #EXPERT} in it
   * @param experts number of experts
   */
  public static SplitExperts of(String source, String target, int experts) {
    return new SplitExperts(
        KeyPattern.of(source),
        IntStream.range(0, experts)
            .mapToObj(expert -> KeyPattern.of(target.replace(EXPERT, Integer.toString(expert))))
            .toList());
  }

  @Override
  public List<KeyPattern> sources() {
    return List.of(source);
  }

  @Override
  public List<TensorView> forward(List<NamedTensor> tensors) {
    NamedTensor all = tensors.get(0);
    if (all.view().rank() != 3 || all.view().size(0) != targets.size()) {
      throw ConvertException.data(
          all.name()
              + ": expected shape ["
              + targets.size()
              + " experts, in, out], got shape "
              + all.view().shape());
    }
    List<TensorView> result = new ArrayList<>();
    for (long expert = 0; expert < targets.size(); expert++) {
      result.add(all.view().slice(0, expert, expert + 1).withoutLeading().transpose(0, 1));
    }
    return result;
  }

  @Override
  public List<TensorView> inverse(List<NamedTensor> tensors) {
    for (NamedTensor tensor : tensors) {
      if (tensor.view().rank() != 2) {
        throw ConvertException.data(
            tensor.name() + ": expected shape [out, in], got shape " + tensor.view().shape());
      }
      Shapes.requireRows(
          tensor, tensors.get(0).view().size(0), "as many as " + tensors.get(0).name());
    }
    Shapes.requireAlike(tensors);
    return List.of(
        TensorView.concat(
            0,
            tensors.stream().map(tensor -> tensor.view().transpose(0, 1).withLeading()).toList()));
  }
}
