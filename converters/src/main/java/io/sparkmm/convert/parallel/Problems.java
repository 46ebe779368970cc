package io.sparkmm.convert.parallel;

import io.sparkmm.convert.ConvertException;
import java.util.ArrayList;
import java.util.List;

/** Turns what was found into one exception of bearable length. */
final class Problems {

  private static final int SHOWN = 20;

  private Problems() {}

  /** Throws an exception of kind DATA when there are any; the first ones are told in full. */
  static void throwData(List<String> problems) {
    if (problems.isEmpty()) {
      return;
    }
    List<String> shown = new ArrayList<>(problems.subList(0, Math.min(SHOWN, problems.size())));
    if (problems.size() > SHOWN) {
      shown.add("and " + (problems.size() - SHOWN) + " more like these");
    }
    throw ConvertException.data(shown);
  }
}
