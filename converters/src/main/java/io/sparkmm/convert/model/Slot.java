package io.sparkmm.convert.model;

import io.sparkmm.convert.op.KeyPattern;
import java.util.List;

/**
 * Tensors that a model has, the same in each layer.
 *
 * @param template their name, in which {@code {L}} stands for the number of the layer
 * @param layers the layers that have it; empty for a tensor outside of layers
 * @param shape their shape
 * @param group empty for tensors that must be there; otherwise the name of a group, of which either
 *     all are there or none
 */
record Slot(String template, List<Integer> layers, ShapeTemplate shape, String group) {

  private static final String LAYER = "{L}";

  Slot {
    layers = List.copyOf(layers);
  }

  /** The full names. */
  List<String> names() {
    return template.contains(LAYER)
        ? layers.stream().map(layer -> template.replace(LAYER, layer.toString())).toList()
        : List.of(template);
  }

  /** Matches the names of all layers, whether the model has them or not. */
  KeyPattern pattern() {
    return KeyPattern.of(template);
  }
}
