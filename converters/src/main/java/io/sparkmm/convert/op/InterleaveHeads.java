package io.sparkmm.convert.op;

import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.List;

/**
 * All query rows above all key rows above all value rows, changed to the query, key and value rows
 * of one head after those of the other.
 *
 * @param source names of the tensors in three blocks
 * @param target names of the tensors by head
 * @param heads attention heads
 */
public record InterleaveHeads(KeyPattern source, KeyPattern target, long heads)
    implements WeightOp {

  private static final long PARTS = 3;

  /** The operator for two templates. */
  public static InterleaveHeads of(String source, String target, long heads) {
    return new InterleaveHeads(KeyPattern.of(source), KeyPattern.of(target), heads);
  }

  @Override
  public List<KeyPattern> sources() {
    return List.of(source);
  }

  @Override
  public List<KeyPattern> targets() {
    return List.of(target);
  }

  @Override
  public List<TensorView> forward(List<NamedTensor> tensors) {
    return List.of(exchanged(tensors.get(0), PARTS, heads));
  }

  @Override
  public List<TensorView> inverse(List<NamedTensor> tensors) {
    return List.of(exchanged(tensors.get(0), heads, PARTS));
  }

  /**
   * Takes rows as {@code [outer, inner, width]} and orders them as {@code [inner, outer, width]}.
   */
  private TensorView exchanged(NamedTensor tensor, long outer, long inner) {
    Shapes.requireMultiple(tensor, PARTS * heads, "q, k and v of " + heads + " heads");
    List<TensorView> parts = new ArrayList<>();
    for (long i = 0; i < inner; i++) {
      for (long o = 0; o < outer; o++) {
        parts.add(tensor.view().part(0, o * inner + i, outer * inner));
      }
    }
    return TensorView.concat(0, parts);
  }
}
