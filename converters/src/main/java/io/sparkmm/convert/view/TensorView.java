package io.sparkmm.convert.view;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A tensor put together from boxes of stored tensors. Nothing is read when views are made; all
 * operations are exact rearrangements of elements.
 */
public final class TensorView implements TensorContent {

  private final DType dtype;
  private final List<Long> shape;
  private final List<Piece> pieces;

  private TensorView(DType dtype, List<Long> shape, List<Piece> pieces) {
    this.dtype = dtype;
    this.shape = List.copyOf(shape);
    this.pieces = List.copyOf(pieces);
  }

  /** The whole of a stored tensor. */
  public static TensorView of(StoredTensor tensor) {
    List<Long> shape = tensor.spec().shape();
    List<Long> origin = Collections.nCopies(shape.size(), 0L);
    List<Integer> axes = IntStream.range(0, shape.size()).boxed().toList();
    List<Piece> pieces =
        tensor.spec().elements() == 0
            ? List.of()
            : List.of(new Piece(tensor, origin, origin, shape, axes));
    return new TensorView(tensor.spec().dtype(), shape, pieces);
  }

  /** The whole of a row-major tensor. */
  public static TensorView of(TensorRef tensor) {
    return of(StoredTensor.of(tensor));
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public List<Long> shape() {
    return shape;
  }

  @Override
  public List<TensorView> views() {
    return List.of(this);
  }

  /** The boxes; they do not overlap in the view and cover it. */
  public List<Piece> pieces() {
    return pieces;
  }

  /** Number of dimensions. */
  public int rank() {
    return shape.size();
  }

  /** Size along a dimension. */
  public long size(int dim) {
    return shape.get(dim);
  }

  /**
   * The part with indices {@code from} (inclusive) to {@code to} (exclusive) along a dimension.
   *
   * @throws IllegalArgumentException when the range does not lie in the tensor
   */
  public TensorView slice(int dim, long from, long to) {
    if (from < 0 || to < from || to > size(dim)) {
      throw new IllegalArgumentException(
          "Cannot take " + from + " to " + to + " along dimension " + dim + " of shape " + shape);
    }
    List<Piece> result = new ArrayList<>();
    for (Piece piece : pieces) {
      if (piece.touches(dim, from, to)) {
        result.add(piece.clipped(dim, from, to).movedBy(dim, -from));
      }
    }
    return new TensorView(dtype, Piece.with(shape, dim, to - from), result);
  }

  /** The part number {@code index} of {@code parts} equal parts along a dimension. */
  public TensorView part(int dim, long index, long parts) {
    if (parts <= 0 || size(dim) % parts != 0) {
      throw new IllegalArgumentException(
          "Cannot cut dimension " + dim + " of shape " + shape + " into " + parts + " parts");
    }
    long length = size(dim) / parts;
    return slice(dim, index * length, (index + 1) * length);
  }

  /**
   * Joins tensors along a dimension. Parts that were neighbours in a stored tensor become one box
   * again.
   *
   * @param views at least one; equal element types, and equal shapes but for the dimension
   * @throws IllegalArgumentException when they do not fit together
   */
  public static TensorView concat(int dim, List<TensorView> views) {
    TensorView first = views.get(0);
    List<Piece> result = new ArrayList<>();
    Map<Object, Integer> open = new HashMap<>();
    long at = 0;
    for (TensorView view : views) {
      if (view.dtype != first.dtype
          || !Piece.with(view.shape, dim, 0L).equals(Piece.with(first.shape, dim, 0L))) {
        throw new IllegalArgumentException(
            "Cannot join along dimension "
                + dim
                + ": "
                + first.dtype
                + " "
                + first.shape
                + " and "
                + view.dtype
                + " "
                + view.shape);
      }
      for (Piece piece : view.pieces) {
        append(result, open, dim, piece.movedBy(dim, at));
      }
      at += view.size(dim);
    }
    return new TensorView(first.dtype, Piece.with(first.shape, dim, at), result);
  }

  /**
   * Puts tensors side by side, each at a place of its own.
   *
   * @param tiles together they must cover the result exactly once, which is the caller's promise;
   *     each lies inside and has the element type and the rank of the result
   * @param offsets for each tile its first index along each dimension of the result
   * @throws IllegalArgumentException when a tile does not fit
   */
  public static TensorView tiled(
      DType dtype, List<Long> shape, List<TensorView> tiles, List<List<Long>> offsets) {
    List<Piece> result = new ArrayList<>();
    for (int tile = 0; tile < tiles.size(); tile++) {
      TensorView view = tiles.get(tile);
      List<Long> offset = offsets.get(tile);
      if (view.dtype != dtype || !fits(view.shape, offset, shape)) {
        throw new IllegalArgumentException(
            "Cannot place " + view + " at " + offset + " of " + dtype + " " + shape);
      }
      for (Piece piece : view.pieces) {
        Piece moved = piece;
        for (int dim = 0; dim < shape.size(); dim++) {
          moved = moved.movedBy(dim, offset.get(dim));
        }
        result.add(moved);
      }
    }
    return new TensorView(dtype, shape, result);
  }

  private static boolean fits(List<Long> sizes, List<Long> offset, List<Long> shape) {
    return sizes.size() == shape.size()
        && offset.size() == shape.size()
        && IntStream.range(0, shape.size())
            .allMatch(
                dim -> offset.get(dim) >= 0 && sizes.get(dim) <= shape.get(dim) - offset.get(dim));
  }

  /** Adds a box, or extends the box that it continues both in the view and in the source. */
  private static void append(List<Piece> result, Map<Object, Integer> open, int dim, Piece piece) {
    int axis = piece.axes().get(dim);
    if (axis == Piece.NONE) {
      result.add(piece);
      return;
    }
    long length = piece.extent().get(dim);
    Integer before = open.get(joint(piece, dim, axis, 0));
    if (before == null) {
      result.add(piece);
      open.put(joint(piece, dim, axis, length), result.size() - 1);
    } else {
      open.remove(joint(piece, dim, axis, 0));
      result.set(before, result.get(before).extendedBy(dim, piece));
      open.put(joint(piece, dim, axis, length), before);
    }
  }

  /** What a box must have in common with the one that continues it at {@code step} further on. */
  private static Object joint(Piece piece, int dim, int axis, long step) {
    return List.of(
        piece.source(),
        piece.axes(),
        Piece.with(piece.extent(), dim, 0L),
        Piece.with(piece.at(), dim, piece.at().get(dim) + step),
        Piece.with(piece.sourceAt(), axis, piece.sourceAt().get(axis) + step));
  }

  /** The tensor with two dimensions exchanged. */
  public TensorView transpose(int one, int other) {
    List<Piece> result = new ArrayList<>();
    for (Piece piece : pieces) {
      result.add(
          new Piece(
              piece.source(),
              piece.sourceAt(),
              swapped(piece.at(), one, other),
              swapped(piece.extent(), one, other),
              swapped(piece.axes(), one, other)));
    }
    return new TensorView(dtype, swapped(shape, one, other), result);
  }

  private static <T> List<T> swapped(List<T> list, int one, int other) {
    List<T> result = new ArrayList<>(list);
    Collections.swap(result, one, other);
    return result;
  }

  /**
   * Views {@code [n, a, ...]} as {@code [n * a, ...]}.
   *
   * @throws IllegalArgumentException when there are fewer than two dimensions or {@code n} is 0
   */
  public TensorView mergeLeading() {
    if (rank() < 2 || size(0) == 0) {
      throw new IllegalArgumentException("Cannot merge the first two dimensions of " + shape);
    }
    return stacked(size(0), index -> slice(0, index, index + 1).withoutLeading());
  }

  /**
   * Views {@code [n * a, ...]} as {@code [n, a, ...]}.
   *
   * @throws IllegalArgumentException when {@code n} is not positive or does not divide dimension 0
   */
  public TensorView splitLeading(long n) {
    if (rank() == 0) {
      throw new IllegalArgumentException("Cannot split the first dimension of a scalar");
    }
    if (n <= 0) {
      throw new IllegalArgumentException(
          "Cannot cut dimension 0 of shape " + shape + " into " + n + " parts");
    }
    return stacked(n, index -> part(0, index, n).withLeading());
  }

  private static TensorView stacked(long n, LongFunction<TensorView> part) {
    return concat(0, LongStream.range(0, n).mapToObj(part).toList());
  }

  /** Views {@code [...]} as {@code [1, ...]}. */
  public TensorView withLeading() {
    return reshaped(
        prepended(1L, shape),
        piece ->
            new Piece(
                piece.source(),
                piece.sourceAt(),
                prepended(0L, piece.at()),
                prepended(1L, piece.extent()),
                prepended(Piece.NONE, piece.axes())));
  }

  /** Views {@code [1, ...]} as {@code [...]}. */
  public TensorView withoutLeading() {
    if (size(0) != 1) {
      throw new IllegalArgumentException("Cannot drop dimension 0 of shape " + shape);
    }
    return reshaped(
        rest(shape),
        piece ->
            new Piece(
                piece.source(),
                piece.sourceAt(),
                rest(piece.at()),
                rest(piece.extent()),
                rest(piece.axes())));
  }

  private TensorView reshaped(List<Long> to, UnaryOperator<Piece> change) {
    return new TensorView(dtype, to, pieces.stream().map(change).toList());
  }

  private static <T> List<T> prepended(T value, List<T> list) {
    List<T> result = new ArrayList<>(list);
    result.add(0, value);
    return result;
  }

  private static <T> List<T> rest(List<T> list) {
    return list.subList(1, list.size());
  }

  @Override
  public void read(long offset, ByteBuffer target, SourceFiles files) {
    ViewReader.read(this, offset, target, files);
  }

  @Override
  public String toString() {
    return dtype + " " + shape + " of " + pieces.size() + " pieces";
  }
}
