package io.sparkmm.convert.parallel;

import io.sparkmm.convert.view.TensorView;
import java.util.List;
import java.util.stream.Stream;

/** Gate rows above up rows, each in equal blocks of rows. */
record GluSplit() implements TensorSplit {

  @Override
  public TensorView slice(String key, TensorView whole, int rank, int size) {
    Slices.checkDimension(key, whole, 0);
    if (whole.size(0) % (2L * size) != 0) {
      throw Slices.indivisible(key, 0, whole.size(0), size, " twice (gate and up)");
    }
    return TensorView.concat(
        0,
        Stream.of(0, 1)
            .map(half -> whole.part(0, half, 2))
            .map(h -> h.part(0, rank, size))
            .toList());
  }

  @Override
  public TensorView merge(String key, List<TensorView> parts) {
    Slices.checkEqualShapes(key, parts);
    Slices.checkDimension(key, parts.get(0), 0);
    if (parts.get(0).size(0) % 2 != 0) {
      throw Slices.cannotMerge(
          key, "gate and up need an even number of rows, not " + parts.get(0).size(0));
    }
    return TensorView.concat(
        0,
        Stream.of(0, 1)
            .flatMap(half -> parts.stream().map(part -> part.part(0, half, 2)))
            .toList());
  }

  @Override
  public String toString() {
    return "by rows of gate and of up";
  }
}
