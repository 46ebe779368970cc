package io.sparkmm.convert.op;

import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.List;

/**
 * Query, key and value rows in one tensor, group by group: the rows of the query heads that share a
 * key head, then those of the key head, then those of the value head. Serves weights and biases.
 *
 * @param sources names of the query, key and value tensors, in this order
 * @param target name of the whole
 * @param heads the attention that the rows belong to
 */
public record MergeQkv(List<KeyPattern> sources, KeyPattern target, Heads heads)
    implements WeightOp {

  /**
   * Attention heads in groups.
   *
   * @param groups key heads, each with one group of query heads
   * @param queriesPerGroup query heads of a group
   * @param headDim rows of a head
   */
  public record Heads(long groups, long queriesPerGroup, long headDim) {

    long queryRows() {
      return groups * queriesPerGroup * headDim;
    }

    long keyRows() {
      return groups * headDim;
    }
  }

  /**
   * @throws IllegalArgumentException when there are not three sources
   */
  public MergeQkv {
    sources = List.copyOf(sources);
    if (sources.size() != 3) {
      throw new IllegalArgumentException("Cannot merge query, key and value out of " + sources);
    }
  }

  @Override
  public List<KeyPattern> targets() {
    return List.of(target);
  }

  @Override
  public List<TensorView> forward(List<NamedTensor> tensors) {
    String shape = heads.groups() + " groups with heads of " + heads.headDim();
    Shapes.requireRows(
        tensors.get(0), heads.queryRows(), heads.queriesPerGroup() + " query heads in " + shape);
    Shapes.requireRows(tensors.get(1), heads.keyRows(), shape);
    Shapes.requireRows(tensors.get(2), heads.keyRows(), shape);
    Shapes.requireAlike(tensors);
    List<TensorView> parts = new ArrayList<>();
    for (long group = 0; group < heads.groups(); group++) {
      for (NamedTensor tensor : tensors) {
        parts.add(tensor.view().part(0, group, heads.groups()));
      }
    }
    return List.of(TensorView.concat(0, parts));
  }

  @Override
  public List<TensorView> inverse(List<NamedTensor> tensors) {
    Shapes.requireRows(
        tensors.get(0),
        heads.queryRows() + 2 * heads.keyRows(),
        heads.groups()
            + " groups of "
            + heads.queriesPerGroup()
            + " query heads, a key and a value head of "
            + heads.headDim());
    TensorView whole = tensors.get(0).view();
    long key = heads.queriesPerGroup() * heads.headDim();
    long value = key + heads.headDim();
    long end = value + heads.headDim();
    return List.of(
        gather(whole, 0, key, end), gather(whole, key, value, end), gather(whole, value, end, end));
  }

  /** The rows {@code from} to {@code to} of every block of {@code block} rows. */
  private TensorView gather(TensorView whole, long from, long to, long block) {
    List<TensorView> parts = new ArrayList<>();
    for (long start = 0; start < heads.groups() * block; start += block) {
      parts.add(whole.slice(0, start + from, start + to));
    }
    return TensorView.concat(0, parts);
  }
}
