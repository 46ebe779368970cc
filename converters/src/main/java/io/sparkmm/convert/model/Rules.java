package io.sparkmm.convert.model;

import io.sparkmm.convert.op.InterleaveHeads;
import io.sparkmm.convert.op.KeyPattern;
import io.sparkmm.convert.op.MergeQkv;
import io.sparkmm.convert.op.MergeRows;
import io.sparkmm.convert.op.Rename;
import io.sparkmm.convert.op.SplitExperts;
import io.sparkmm.convert.op.WeightOp;
import io.sparkmm.convert.op.WeightOps;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Collects what a family says about its tensors: name, shape and what becomes of it, in one line
 * each.
 */
final class Rules {

  private final Sizes sizes;
  private final List<WeightOp> ops = new ArrayList<>();
  private final List<Slot> slots = new ArrayList<>();

  Rules(Sizes sizes) {
    this.sizes = sizes;
  }

  /** The operators of all rules. */
  WeightOps ops() {
    return new WeightOps(ops);
  }

  /** The tensors of all rules. */
  Inventory inventory() {
    return new Inventory(slots, sizes);
  }

  /** Rules for tensors outside of layers, with what their names begin with on both sides. */
  Scope whole(String hf, String mm) {
    return new Scope(hf, mm, List.of(), "");
  }

  /** Rules for the layers 0 to {@code count - 1}; both prefixes have {@code {L}} in them. */
  Scope layers(String hf, String mm, int count) {
    return layers(hf, mm, IntStream.range(0, count).boxed().toList());
  }

  /** Rules for some layers. */
  Scope layers(String hf, String mm, List<Integer> layers) {
    return new Scope(hf, mm, layers, "");
  }

  /** Rules for tensors whose names have the same beginning. */
  final class Scope {

    private final String hf;
    private final String mm;
    private final List<Integer> layers;
    private final String group;

    private Scope(String hf, String mm, List<Integer> layers, String group) {
      this.hf = hf;
      this.mm = mm;
      this.layers = List.copyOf(layers);
      this.group = group;
    }

    /** The same scope for tensors of which all are there or none. */
    Scope together(String name) {
      return new Scope(hf, mm, layers, name);
    }

    /** A tensor that only gets another name. */
    Scope rename(String from, String to, String shape) {
      ops.add(Rename.of(hf + from, mm + to));
      slot(from, shape);
      return this;
    }

    /** A weight and a bias of the same shape. */
    Scope norm(String from, String to, String shape) {
      return rename(from + ".weight", to + ".weight", shape)
          .rename(from + ".bias", to + ".bias", shape);
    }

    /** A weight, and a bias with as many elements as the weight has rows. */
    Scope linear(String from, String to, String out, String in) {
      return rename(from + ".weight", to + ".weight", out + " " + in)
          .rename(from + ".bias", to + ".bias", out);
    }

    /** A tensor with blocks of query, key and value rows, which become interleaved by head. */
    Scope interleave(String from, String to, String shape, long heads) {
      ops.add(InterleaveHeads.of(hf + from, mm + to, heads));
      slot(from, shape);
      return this;
    }

    /** Two tensors put under each other. */
    Scope mergeRows(List<String> from, String to, String shape) {
      ops.add(new MergeRows(patterns(from), KeyPattern.of(mm + to)));
      from.forEach(part -> slot(part, shape));
      return this;
    }

    /** Query, key and value in one tensor; {@code below} are the sizes after the rows, if any. */
    Scope mergeQkv(List<String> from, String to, String below, MergeQkv.Heads heads) {
      ops.add(new MergeQkv(patterns(from), KeyPattern.of(mm + to), heads));
      slot(from.get(0), ("Q " + below).trim());
      slot(from.get(1), ("KV " + below).trim());
      slot(from.get(2), ("KV " + below).trim());
      return this;
    }

    /** All experts in one tensor, which get one each. */
    Scope experts(String from, String to, String shape, int experts) {
      ops.add(SplitExperts.of(hf + from, mm + to, experts));
      slot(from, shape);
      return this;
    }

    private List<KeyPattern> patterns(List<String> names) {
      return names.stream().map(name -> KeyPattern.of(hf + name)).toList();
    }

    private void slot(String name, String shape) {
      slots.add(new Slot(hf + name, layers, ShapeTemplate.parse(shape), group));
    }
  }
}
