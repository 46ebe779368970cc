package io.sparkmm.train.fsdp;

import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which parameters of a model were only declared and did not get values yet. */
final class DeclaredWeights {
  private static final int LISTED = 5;

  private final String modelClass;
  private final Map<Parameter, String> open = new LinkedHashMap<>();

  /** Notes the parameters of a model that have no storage, before it is sharded. */
  DeclaredWeights(Module root) {
    modelClass = root.getClass().getName();
    root.namedParameters()
        .forEach(
            (name, parameter) -> {
              if (!parameter.materialized()) {
                open.putIfAbsent(parameter, name);
              }
            });
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  void filled(Parameter parameter) {
    open.remove(parameter);
  }

  /**
   * Goes on only if every parameter has values.
   *
   * @throws FsdpException naming the model's class and the first parameters without
   */
  void requireFilled() {
    if (open.isEmpty()) {
      return;
    }
    String names = String.join(", ", open.values().stream().limit(LISTED).toList());
    throw new FsdpException(
        FsdpException.Kind.NOT_INITIALISED,
        String.format(
            "Cannot run model %s: %d of its parameters were only declared and never got values (%s%s);"
                + " initialise the model's weights or load all of them after sharding",
            modelClass, open.size(), names, open.size() > LISTED ? ", ..." : ""));
  }
}
