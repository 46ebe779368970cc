package io.sparkmm.convert.dcp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Tells whether boxes, which all lie in a tensor, cover it exactly once. */
final class ChunkCover {

  private ChunkCover() {}

  /** What is wrong; empty when they do. */
  static Optional<String> problem(List<Long> shape, List<Box> boxes) {
    List<Box> full = boxes.stream().filter(box -> !box.isEmpty()).toList();
    Optional<String> overlap = overlap(shape.size(), full);
    if (overlap.isPresent()) {
      return overlap;
    }
    // Boxes that lie in the tensor and do not overlap have no more elements than it has.
    long covered = full.stream().mapToLong(Box::elements).sum();
    long elements = shape.stream().reduce(1L, (a, b) -> a * b);
    return covered == elements
        ? Optional.empty()
        : Optional.of(
            "its chunks cover " + covered + " of the " + elements + " elements of " + shape);
  }

  private static Optional<String> overlap(int rank, List<Box> boxes) {
    if (boxes.size() < 2) {
      return Optional.empty();
    }
    if (rank == 0) {
      return Optional.of("it is stored twice");
    }
    int dim = mostDivided(rank, boxes);
    List<Box> sorted = new ArrayList<>(boxes);
    sorted.sort(Comparator.comparingLong(box -> box.offsets().get(dim)));
    // Boxes that have an index along the dimension in common with the next ones, by their ends.
    TreeMap<Long, List<Box>> open = new TreeMap<>();
    for (Box box : sorted) {
      open.headMap(box.offsets().get(dim), true).clear();
      for (List<Box> others : open.values()) {
        for (Box other : others) {
          if (box.overlaps(other)) {
            return Optional.of("its chunks " + other + " and " + box + " overlap");
          }
        }
      }
      open.computeIfAbsent(box.end(dim), end -> new ArrayList<>()).add(box);
    }
    return Optional.empty();
  }

  /** The dimension along which a sweep has the fewest boxes open at a time. */
  private static int mostDivided(int rank, List<Box> boxes) {
    int best = 0;
    int most = 0;
    for (int dim = 0; dim < rank; dim++) {
      Set<Long> starts = new HashSet<>();
      for (Box box : boxes) {
        starts.add(box.offsets().get(dim));
      }
      if (starts.size() > most) {
        most = starts.size();
        best = dim;
      }
    }
    return best;
  }
}
