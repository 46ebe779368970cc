package io.sparkmm.convert.view;

import java.util.List;

/** Lists of sizes as arrays, for loops that run often. */
final class Longs {

  private Longs() {}

  static long[] of(List<Long> list) {
    return list.stream().mapToLong(Long::longValue).toArray();
  }
}
