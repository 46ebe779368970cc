package io.sparkmm.convert.view;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Exact arithmetic of boxes: whether they fill a tensor once and only once. Dimension after
 * dimension, the tensor is cut into slabs at the ends of the boxes, so the cost depends on the
 * number of boxes and not on that of the elements.
 */
final class BoxCover {

  /**
   * A labelled box.
   *
   * @param label what it belongs to, for messages
   * @param low first index along each dimension
   * @param high index just past the last along each dimension
   */
  record Labelled(String label, List<Long> low, List<Long> high) {

    static Labelled of(String label, List<Long> at, List<Long> extent) {
      List<Long> high = new ArrayList<>(at.size());
      for (int dim = 0; dim < at.size(); dim++) {
        high.add(at.get(dim) + extent.get(dim));
      }
      return new Labelled(label, at, high);
    }
  }

  /**
   * The first part of a tensor that is not covered once.
   *
   * @param range such as {@code [8..16, 0..4]}, ends exclusive
   * @param labels of the boxes that cover it: none, or at least two
   */
  record Fault(String range, List<String> labels) {}

  private final List<Long> shape;
  private final long least;
  private final long most;

  private BoxCover(List<Long> shape, long least, long most) {
    this.shape = shape;
    this.least = least;
    this.most = most;
  }

  /**
   * Looks for a part that fewer than {@code least} or more than {@code most} boxes cover.
   *
   * @param boxes inside of {@code shape}
   * @param least 0 or 1
   */
  static Optional<Fault> fault(List<Long> shape, List<Labelled> boxes, long least, long most) {
    if (shape.contains(0L)) {
      return Optional.empty();
    }
    return new BoxCover(shape, least, most).fault(0, boxes, "");
  }

  private Optional<Fault> fault(int dim, List<Labelled> boxes, String prefix) {
    if (boxes.isEmpty()) {
      return least == 0 ? Optional.empty() : Optional.of(new Fault(range(prefix, dim), List.of()));
    }
    if (dim == shape.size()) {
      return boxes.size() <= most
          ? Optional.empty()
          : Optional.of(
              new Fault(range(prefix, dim), boxes.stream().map(Labelled::label).toList()));
    }
    SortedSet<Long> cuts = new TreeSet<>(List.of(0L, shape.get(dim)));
    for (Labelled box : boxes) {
      cuts.add(box.low().get(dim));
      cuts.add(box.high().get(dim));
    }
    List<Labelled> waiting = new ArrayList<>(boxes);
    waiting.sort(Comparator.comparing(box -> box.low().get(dim)));
    List<Labelled> active = new ArrayList<>();
    int next = 0;
    long from = 0;
    for (long to : cuts.tailSet(1L)) {
      long start = from;
      active.removeIf(box -> box.high().get(dim) <= start);
      while (next < waiting.size() && waiting.get(next).low().get(dim) <= start) {
        active.add(waiting.get(next++));
      }
      Optional<Fault> fault = fault(dim + 1, active, prefix + from + ".." + to + ", ");
      if (fault.isPresent()) {
        return fault;
      }
      from = to;
    }
    return Optional.empty();
  }

  /** The slabs cut so far and the whole of all other dimensions. */
  private String range(String prefix, int dim) {
    StringBuilder text = new StringBuilder(prefix);
    for (int i = dim; i < shape.size(); i++) {
      text.append("0..").append(shape.get(i)).append(", ");
    }
    return "[" + (text.isEmpty() ? "" : text.substring(0, text.length() - 2)) + "]";
  }
}
