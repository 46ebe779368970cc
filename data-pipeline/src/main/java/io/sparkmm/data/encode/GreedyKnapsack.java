package io.sparkmm.data.encode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Distributes records over rows of one capacity: each row takes the longest record that is left and
 * fits, again and again, until none fits. Of records of one length the last is taken first.
 */
final class GreedyKnapsack {
  private GreedyKnapsack() {}

  /**
   * Distributes records.
   *
   * @param lengths length of each record, between 1 and {@code capacity}
   * @param capacity most that a row holds
   * @return per row the numbers of its records, in the order in which they were taken
   */
  static List<List<Integer>> fill(int[] lengths, int capacity) {
    TreeMap<Integer, Deque<Integer>> left = new TreeMap<>();
    for (int record = 0; record < lengths.length; record++) {
      if (lengths[record] < 1 || lengths[record] > capacity) {
        throw new IllegalArgumentException(
            "Cannot pack a record of length " + lengths[record] + " into rows of " + capacity);
      }
      left.computeIfAbsent(lengths[record], length -> new ArrayDeque<>()).push(record);
    }
    List<List<Integer>> rows = new ArrayList<>();
    while (!left.isEmpty()) {
      List<Integer> row = new ArrayList<>();
      int room = capacity;
      Map.Entry<Integer, Deque<Integer>> fitting = left.floorEntry(room);
      while (fitting != null) {
        row.add(fitting.getValue().pop());
        if (fitting.getValue().isEmpty()) {
          left.remove(fitting.getKey());
        }
        room -= fitting.getKey();
        fitting = left.floorEntry(room);
      }
      rows.add(row);
    }
    return rows;
  }
}
