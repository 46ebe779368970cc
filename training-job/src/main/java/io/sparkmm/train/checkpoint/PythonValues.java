package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.pickle.Global;
import io.sparkmm.convert.pickle.PickleList;
import io.sparkmm.convert.pickle.PickleObject;
import io.sparkmm.convert.pickle.PickleTuple;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Java values as pickles have them. */
final class PythonValues {
  private static final Global NAMESPACE = new Global("argparse", "Namespace");

  private PythonValues() {}

  /** What Megatron keeps as {@code args}. */
  static PickleObject namespace(Map<String, Object> arguments) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    arguments.forEach((name, value) -> attributes.put(name, of(value)));
    return PickleObject.instance(NAMESPACE, attributes);
  }

  /**
   * A value: texts, numbers and truth values as they are, lists as lists, arrays of numbers as
   * tuples.
   */
  static Object of(Object value) {
    if (value instanceof List<?> list) {
      return PickleList.of(list.stream().map(PythonValues::of).toList());
    }
    if (value instanceof double[] numbers) {
      return PickleTuple.of(Arrays.stream(numbers).boxed().toList());
    }
    if (value instanceof Integer number) {
      return number.longValue();
    }
    boolean scalar = value instanceof Boolean || value instanceof Long || value instanceof Double;
    if (scalar || value instanceof String) {
      return value;
    }
    throw new IllegalArgumentException(
        "Cannot store a " + value.getClass().getName() + " in a checkpoint");
  }
}
