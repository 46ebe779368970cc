package io.sparkmm.train.comm;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Arithmetic of groups cut into groups. */
public final class Subgroups {
  private Subgroups() {}

  /**
   * Index of the list that holds {@code rank}.
   *
   * @throws IllegalArgumentException if the lists are not disjoint or do not cover 0 to size - 1
   */
  public static int memberOf(List<int[]> groups, int size, int rank) {
    BitSet seen = new BitSet(size);
    int found = -1;
    for (int index = 0; index < groups.size(); index++) {
      for (int member : groups.get(index)) {
        if (member < 0 || member >= size || seen.get(member)) {
          throw new IllegalArgumentException(
              "Cannot split a group of "
                  + size
                  + ": rank "
                  + member
                  + " is repeated or outside in "
                  + describe(groups));
        }
        seen.set(member);
        if (member == rank) {
          found = index;
        }
      }
    }
    if (seen.cardinality() != size) {
      throw new IllegalArgumentException(
          "Cannot split a group of "
              + size
              + ": rank "
              + seen.nextClearBit(0)
              + " is missing in "
              + describe(groups));
    }
    return found;
  }

  /** Position of {@code rank} in a list that holds it. */
  public static int positionIn(int[] group, int rank) {
    for (int position = 0; position < group.length; position++) {
      if (group[position] == rank) {
        return position;
      }
    }
    throw new IllegalArgumentException(
        "Cannot find rank " + rank + " in " + Arrays.toString(group));
  }

  private static String describe(List<int[]> groups) {
    return groups.stream().map(Arrays::toString).toList().toString();
  }
}
