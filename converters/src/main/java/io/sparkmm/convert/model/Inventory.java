package io.sparkmm.convert.model;

import io.sparkmm.convert.op.KeyPattern;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * All tensors that a model consists of on the Hugging Face side.
 *
 * @param slots its tensors
 * @param sizes what the configuration says about their shapes
 */
record Inventory(List<Slot> slots, Sizes sizes) {

  /** Names or shapes that a message shows at most. */
  private static final int SHOWN = 20;

  Inventory {
    slots = List.copyOf(slots);
  }

  /**
   * Compares tensors with the inventory.
   *
   * @param tensors by Hugging Face name
   * @param label how messages call a tensor, given its Hugging Face name
   * @return one text per problem; empty when all is well
   */
  List<String> problems(Map<String, TensorView> tensors, UnaryOperator<String> label) {
    Sizes learning = sizes.copy();
    List<String> missing = new ArrayList<>();
    Map<String, List<String>> absentByGroup = new LinkedHashMap<>();
    Set<String> presentGroups = new LinkedHashSet<>();
    Set<String> unknown = new LinkedHashSet<>(tensors.keySet());
    List<String> shapes = new ArrayList<>();
    for (Slot slot : slots) {
      for (String name : slot.names()) {
        TensorView view = tensors.get(name);
        if (view != null) {
          unknown.remove(name);
          presentGroups.add(slot.group());
          if (!learning.accepts(name, slot.shape(), view.shape())) {
            shapes.add(
                label.apply(name)
                    + ": expected shape "
                    + learning.describe(slot.shape())
                    + ", got "
                    + view.shape());
          }
        } else if (slot.group().isEmpty()) {
          missing.add(label.apply(name));
        } else {
          absentByGroup.computeIfAbsent(slot.group(), key -> new ArrayList<>()).add(name);
        }
      }
    }
    absentByGroup.forEach(
        (group, names) -> {
          if (presentGroups.contains(group)) {
            names.forEach(name -> missing.add(label.apply(name)));
          }
        });
    List<String> problems = new ArrayList<>();
    if (!missing.isEmpty()) {
      problems.add("Cannot find " + missing.size() + " tensors of the model: " + listed(missing));
    }
    problems.addAll(shapes.subList(0, Math.min(shapes.size(), SHOWN)));
    if (shapes.size() > SHOWN) {
      problems.add((shapes.size() - SHOWN) + " more tensors have a wrong shape");
    }
    problems.addAll(unknown(unknown, label));
    return problems;
  }

  /** Whether any of the names is that of a tensor of the model. */
  boolean knowsAny(Set<String> names) {
    return slots.stream().flatMap(slot -> slot.names().stream()).anyMatch(names::contains);
  }

  /** The name of a tensor that must be there. */
  String example() {
    return slots.get(0).names().get(0);
  }

  /** Tensors that the model does not have, separately those of layers that it does not have. */
  private List<String> unknown(Set<String> names, UnaryOperator<String> label) {
    List<String> beyond = new ArrayList<>();
    List<String> others = new ArrayList<>();
    List<KeyPattern> patterns = slots.stream().map(Slot::pattern).toList();
    for (String name : names) {
      boolean fits = patterns.stream().anyMatch(pattern -> pattern.match(name).isPresent());
      (fits ? beyond : others).add(label.apply(name));
    }
    List<String> problems = new ArrayList<>();
    if (!beyond.isEmpty()) {
      problems.add(
          "Cannot place "
              + beyond.size()
              + " tensors of layers that the model does not have by its config.json: "
              + listed(beyond));
    }
    if (!others.isEmpty()) {
      problems.add("Cannot place " + others.size() + " unknown tensors: " + listed(others));
    }
    return problems;
  }

  private static String listed(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(names.size(), SHOWN)));
    return names.size() > SHOWN ? shown + " and " + (names.size() - SHOWN) + " more" : shown;
  }
}
