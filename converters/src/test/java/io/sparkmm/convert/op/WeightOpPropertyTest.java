package io.sparkmm.convert.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.Piece;
import io.sparkmm.convert.view.StoredTensor;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Every operator undoes itself, on tensors that need no file because nothing is read. */
final class WeightOpPropertyTest {

  private static TensorView tensor(String name, long... shape) {
    TensorSpec spec = TensorSpec.of(name, DType.BF16, shape);
    return TensorView.of(
        new StoredTensor(spec, Path.of(name), 0, StoredTensor.rowMajor(spec.shape())));
  }

  /** Names and views that go there and come back as they were. */
  private static void comesBack(WeightOp op, Map<String, TensorView> tensors) {
    WeightOps ops = new WeightOps(List.of(op));
    Map<String, TensorView> back = ops.inverse(ops.forward(tensors));
    assertThat(back.keySet()).isEqualTo(tensors.keySet());
    tensors.forEach(
        (name, view) -> {
          assertThat(back.get(name).shape()).isEqualTo(view.shape());
          assertThat(where(back.get(name))).isEqualTo(where(view));
        });
  }

  /** For each index of a view its source and index there. */
  private static Map<List<Long>, String> where(TensorView view) {
    Map<List<Long>, String> result = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
    for (Piece piece : view.pieces()) {
      List<List<Long>> steps = List.of(List.of());
      for (long extent : piece.extent()) {
        List<List<Long>> next = new ArrayList<>();
        for (List<Long> step : steps) {
          for (long i = 0; i < extent; i++) {
            List<Long> longer = new ArrayList<>(step);
            longer.add(i);
            next.add(longer);
          }
        }
        steps = next;
      }
      for (List<Long> step : steps) {
        List<Long> at = new ArrayList<>();
        long byteAt = piece.firstByte();
        for (int dim = 0; dim < step.size(); dim++) {
          at.add(piece.at().get(dim) + step.get(dim));
          byteAt += step.get(dim) * piece.byteStride(dim);
        }
        result.put(at, piece.source().spec().name() + "@" + byteAt);
      }
    }
    return result;
  }

  @Property(seed = "1", tries = 60)
  void mergesQueriesKeysAndValues(
      @ForAll @IntRange(min = 1, max = 5) int groups,
      @ForAll @IntRange(min = 1, max = 4) int queries,
      @ForAll @IntRange(min = 1, max = 3) int dim,
      @ForAll @IntRange(max = 3) int width) {
    MergeQkv op =
        new MergeQkv(
            List.of(KeyPattern.of("{L}.q"), KeyPattern.of("{L}.k"), KeyPattern.of("{L}.v")),
            KeyPattern.of("qkv.{L}"),
            new MergeQkv.Heads(groups, queries, dim));
    long[] query =
        width == 0
            ? new long[] {(long) groups * queries * dim}
            : new long[] {(long) groups * queries * dim, width};
    long[] key =
        width == 0 ? new long[] {(long) groups * dim} : new long[] {(long) groups * dim, width};
    Map<String, TensorView> tensors =
        Map.of("4.q", tensor("4.q", query), "4.k", tensor("4.k", key), "4.v", tensor("4.v", key));

    comesBack(op, tensors);

    WeightOps ops = new WeightOps(List.of(op));
    assertThat(ops.inverse(ops.forward(tensors)).get("4.q").pieces()).hasSize(1);
  }

  @Property(seed = "1", tries = 40)
  void placesEveryHeadWhereTheFormulaSays(
      @ForAll @IntRange(min = 1, max = 5) int groups,
      @ForAll @IntRange(min = 1, max = 4) int queries,
      @ForAll @IntRange(min = 1, max = 3) int dim) {
    MergeQkv op =
        new MergeQkv(
            List.of(KeyPattern.of("q"), KeyPattern.of("k"), KeyPattern.of("v")),
            KeyPattern.of("qkv"),
            new MergeQkv.Heads(groups, queries, dim));
    Map<List<Long>, String> rows =
        where(
            new WeightOps(List.of(op))
                .forward(
                    Map.of(
                        "q", tensor("q", (long) groups * queries * dim),
                        "k", tensor("k", (long) groups * dim),
                        "v", tensor("v", (long) groups * dim)))
                .get("qkv"));

    for (int e = 0; e < dim; e++) {
      for (int head = 0; head < groups * queries; head++) {
        long row = (long) (head / queries) * (queries + 2) * dim + head % queries * dim + e;
        assertThat(rows.get(List.of(row))).isEqualTo("q@" + 2 * (head * dim + e));
      }
      for (int group = 0; group < groups; group++) {
        long key = (long) group * (queries + 2) * dim + queries * dim + e;
        assertThat(rows.get(List.of(key))).isEqualTo("k@" + 2 * (group * dim + e));
        assertThat(rows.get(List.of(key + dim))).isEqualTo("v@" + 2 * (group * dim + e));
      }
    }
  }

  @Property(seed = "1", tries = 40)
  void putsRowsUnderEachOther(
      @ForAll @IntRange(min = 1, max = 6) int rows, @ForAll @IntRange(min = 1, max = 4) int width) {
    MergeRows op =
        new MergeRows(
            List.of(KeyPattern.of("{L}.gate.{p}"), KeyPattern.of("{L}.up.{p}")),
            KeyPattern.of("fc1.{L}.{p}"));

    comesBack(
        op,
        Map.of(
            "0.gate.weight", tensor("0.gate.weight", rows, width),
            "0.up.weight", tensor("0.up.weight", rows, width),
            "0.gate.bias", tensor("0.gate.bias", rows),
            "0.up.bias", tensor("0.up.bias", rows)));
  }

  @Property(seed = "1", tries = 40)
  void interleavesHeads(
      @ForAll @IntRange(min = 1, max = 5) int heads,
      @ForAll @IntRange(min = 1, max = 4) int dim,
      @ForAll @IntRange(min = 1, max = 3) int width) {
    WeightOps ops = new WeightOps(List.of(InterleaveHeads.of("{L}.qkv", "out.{L}", heads)));
    Map<String, TensorView> tensors = Map.of("1.qkv", tensor("1.qkv", 3L * heads * dim, width));

    comesBack(ops.ops().get(0), tensors);
    assertThat(ops.inverse(ops.forward(tensors)).get("1.qkv").pieces()).hasSize(1);
  }

  @Property(seed = "1", tries = 40)
  void splitsExperts(
      @ForAll @IntRange(min = 1, max = 4) int experts,
      @ForAll @IntRange(min = 1, max = 3) int in,
      @ForAll @IntRange(min = 1, max = 3) int out) {
    SplitExperts op = SplitExperts.of("{L}.experts", "layer.{L}.expert.{X}.weight", experts);

    comesBack(op, Map.of("3.experts", tensor("3.experts", experts, in, out)));
  }

  @Property(seed = "1", tries = 10)
  void renames(@ForAll @IntRange(max = 1_000_000) int layer) {
    String name = "a." + layer + ".bias";

    comesBack(Rename.of("a.{L}.{p}", "b.{p}.{L}"), Map.of(name, tensor(name, 2)));
  }
}
