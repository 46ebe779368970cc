package io.sparkmm.train.lora;

import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Looks up modules by the words of a user. A word selects a module if it is its path or, after a
 * dot, the end of its path; an alias stands for several words.
 */
final class LoraTargets {
  private static final int EXAMPLES = 4;

  private LoraTargets() {}

  /**
   * The linear layers that get an adapter, by path in definition order. Modules with frozen
   * parameters are left out.
   *
   * @throws ModelException naming the words that select nothing, only frozen modules, or modules
   *     that are no linear layers
   */
  static Map<String, Linear> select(TrainableModel model, List<String> words) {
    Map<String, Linear> selected = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    for (String word : words) {
      Map<String, Module> found = matches(model, word);
      Map<String, Module> trained = new LinkedHashMap<>(found);
      trained.values().removeIf(LoraTargets::isFrozen);
      List<String> others =
          trained.entrySet().stream()
              .filter(entry -> !(entry.getValue() instanceof Linear))
              .map(
                  entry ->
                      entry.getKey() + " (" + entry.getValue().getClass().getSimpleName() + ")")
              .toList();
      if (found.isEmpty()) {
        problems.add("no module matches " + word);
      } else if (trained.isEmpty()) {
        problems.add(
            "every module that "
                + word
                + " matches is frozen: "
                + some(List.copyOf(found.keySet())));
      } else if (!others.isEmpty()) {
        problems.add(word + " matches modules that are no linear layers: " + some(others));
      }
      trained.forEach(
          (path, module) -> {
            if (module instanceof Linear linear) {
              selected.put(path, linear);
            }
          });
    }
    if (!problems.isEmpty()) {
      throw new ModelException(
          ModelException.Kind.CONFIG,
          "Cannot add adapters to "
              + String.join(" ", words)
              + ": "
              + String.join("; ", problems)
              + "; linear layers of this model are "
              + linearNames(model));
    }
    return selected;
  }

  /** Modules that a word selects, by path in definition order. */
  static Map<String, Module> matches(TrainableModel model, String word) {
    List<String> ends = model.moduleAliases().getOrDefault(word, List.of(word));
    Map<String, Module> found = new LinkedHashMap<>(model.namedModules());
    found
        .keySet()
        .removeIf(
            path -> ends.stream().noneMatch(end -> path.equals(end) || path.endsWith("." + end)));
    return found;
  }

  private static boolean isFrozen(Module module) {
    return module.namedParameters().values().stream().anyMatch(each -> !each.trainable());
  }

  private static String some(List<String> names) {
    String text = names.stream().limit(EXAMPLES).collect(Collectors.joining(", "));
    return names.size() > EXAMPLES ? text + " and " + (names.size() - EXAMPLES) + " more" : text;
  }

  /** Last parts of the paths of all linear layers that are not frozen. */
  private static List<String> linearNames(TrainableModel model) {
    return model.namedModules().entrySet().stream()
        .filter(entry -> entry.getValue() instanceof Linear)
        .filter(
            entry -> entry.getValue().parameters().values().stream().allMatch(Parameter::trainable))
        .map(entry -> entry.getKey().substring(entry.getKey().lastIndexOf('.') + 1))
        .distinct()
        .sorted()
        .toList();
  }
}
