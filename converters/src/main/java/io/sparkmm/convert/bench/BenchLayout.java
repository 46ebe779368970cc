package io.sparkmm.convert.bench;

import io.sparkmm.convert.parallel.ParallelLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A division of a model over devices, as text for another process: {@code tp:vision layers:text
 * layers}, the layers of the pipeline stages with commas.
 */
final class BenchLayout {

  private BenchLayout() {}

  /**
   * Stages with equal parts of the language model, the vision tower on the first.
   *
   * @param stages number of pipeline stages
   */
  static String text(int tp, int stages, int visionLayers, int textLayers) {
    List<String> vision = new ArrayList<>(Collections.nCopies(stages, "0"));
    vision.set(0, Integer.toString(visionLayers));
    List<String> text = new ArrayList<>();
    for (int stage = 0; stage < stages; stage++) {
      int end = textLayers * (stage + 1) / stages;
      text.add(Integer.toString(end - textLayers * stage / stages));
    }
    return tp + ":" + String.join(",", vision) + ":" + String.join(",", text);
  }

  static ParallelLayout parse(String text) {
    String[] parts = text.split(":", -1);
    return new ParallelLayout(
        List.of(numbers(parts[2])),
        List.of(numbers(parts[1])),
        Optional.empty(),
        Integer.parseInt(parts[0]),
        0,
        0,
        1);
  }

  /** The layers of the vision tower, then those of the language model, as a list in brackets. */
  static List<String> lists(String text) {
    String[] parts = text.split(":", -1);
    return List.of("[" + parts[1] + "]", "[" + parts[2] + "]");
  }

  private static List<Integer> numbers(String list) {
    List<Integer> numbers = new ArrayList<>();
    for (String number : list.split(",", -1)) {
      numbers.add(Integer.parseInt(number));
    }
    return numbers;
  }
}
