package io.sparkmm.convert.op;

import io.sparkmm.convert.view.TensorView;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Tensors with equally many rows put under each other, such as gate above up.
 *
 * @param sources names of the parts, from top to bottom; at least two
 * @param target name of the whole
 */
public record MergeRows(List<KeyPattern> sources, KeyPattern target) implements WeightOp {

  public MergeRows {
    sources = List.copyOf(sources);
  }

  @Override
  public List<KeyPattern> targets() {
    return List.of(target);
  }

  @Override
  public List<TensorView> forward(List<NamedTensor> tensors) {
    long rows = Shapes.rows(tensors.get(0));
    for (NamedTensor tensor : tensors) {
      Shapes.requireRows(tensor, rows, "as many as " + tensors.get(0).name());
    }
    Shapes.requireAlike(tensors);
    return List.of(TensorView.concat(0, tensors.stream().map(NamedTensor::view).toList()));
  }

  @Override
  public List<TensorView> inverse(List<NamedTensor> tensors) {
    int parts = sources.size();
    Shapes.requireMultiple(tensors.get(0), parts, parts + " equal parts");
    TensorView whole = tensors.get(0).view();
    return IntStream.range(0, parts).mapToObj(part -> whole.part(0, part, parts)).toList();
  }
}
