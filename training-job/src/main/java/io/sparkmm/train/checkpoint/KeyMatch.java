package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpTensor;
import io.sparkmm.train.lora.LoraNames;
import io.sparkmm.train.model.TrainableModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which weight of a checkpoint belongs to which parameter of a model. Weights are named as the
 * model's parameters are, or as its Hugging Face form names them, in the state {@code model} or, in
 * a checkpoint without it, at the top; a wrapper around the model may have put one more {@code
 * model.} in front, and PEFT its own names around those of adapters and of adapted layers.
 *
 * @param names for each parameter that was found its name in the checkpoint's state
 * @param keys for each parameter that was found its key
 * @param missing parameters that are not in the checkpoint
 * @param unexpected weights of the checkpoint that no parameter takes
 */
record KeyMatch(
    Map<String, String> names,
    Map<String, String> keys,
    List<String> missing,
    List<String> unexpected) {
  private static final String WRAPPER = "model.";
  private static final String EXTRA_STATE = "_extra_state";

  KeyMatch {
    names = Collections.unmodifiableMap(new LinkedHashMap<>(names));
    keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
    missing = List.copyOf(missing);
    unexpected = List.copyOf(unexpected);
  }

  static KeyMatch of(DcpCheckpoint checkpoint, TrainableModel model) {
    Map<String, String> weights = new LinkedHashMap<>();
    List<DcpTensor> all = checkpoint.metadata().tensors();
    boolean hasModel = all.stream().anyMatch(tensor -> tensor.key().isUnder(StateKeys.MODEL));
    for (DcpTensor tensor : all) {
      if (!hasModel) {
        weights.put(tensor.key().flat(), tensor.key().flat());
      } else if (tensor.key().isUnder(StateKeys.MODEL)) {
        weights.put(tensor.key().rest(), tensor.key().flat());
      }
    }
    KeyMatch plain = match(weights, model, "");
    KeyMatch wrapped = match(weights, model, WRAPPER);
    return wrapped.names.size() > plain.names.size() ? wrapped : plain;
  }

  private static KeyMatch match(Map<String, String> weights, TrainableModel model, String prefix) {
    Set<String> parameters = model.namedParameters().keySet();
    Map<String, String> names = new LinkedHashMap<>();
    Map<String, String> keys = new LinkedHashMap<>();
    List<String> unexpected = new ArrayList<>();
    weights.forEach(
        (name, key) -> {
          Optional<String> parameter =
              name.startsWith(prefix)
                  ? parameter(name.substring(prefix.length()), parameters, model)
                  : Optional.empty();
          if (parameter.isPresent() && !names.containsKey(parameter.get())) {
            names.put(parameter.get(), name);
            keys.put(parameter.get(), key);
          } else if (!name.endsWith(EXTRA_STATE)) {
            unexpected.add(name);
          }
        });
    List<String> missing = parameters.stream().filter(name -> !names.containsKey(name)).toList();
    return new KeyMatch(names, keys, missing, unexpected);
  }

  private static Optional<String> parameter(
      String name, Set<String> parameters, TrainableModel model) {
    for (String candidate : LoraNames.candidates(name)) {
      if (parameters.contains(candidate)) {
        return Optional.of(candidate);
      }
      Optional<String> translated =
          model
              .hfFormat()
              .flatMap(format -> format.parameterOf(candidate))
              .filter(parameters::contains);
      if (translated.isPresent()) {
        return translated;
      }
    }
    return Optional.empty();
  }

  /** What there is to know of some parameters; those of the others are not asked for. */
  KeyMatch of(Set<String> parameters) {
    Map<String, String> theirNames = new LinkedHashMap<>(names);
    theirNames.keySet().retainAll(parameters);
    Map<String, String> theirKeys = new LinkedHashMap<>(keys);
    theirKeys.keySet().retainAll(parameters);
    return new KeyMatch(
        theirNames, theirKeys, missing.stream().filter(parameters::contains).toList(), unexpected);
  }

  /**
   * Refuses a checkpoint that does not have all weights.
   *
   * @throws CheckpointException of kind MISSING with the names
   */
  void requireAll(DcpCheckpoint checkpoint) {
    if (missing.isEmpty()) {
      return;
    }
    throw new CheckpointException(
        CheckpointException.Kind.MISSING,
        "Cannot load checkpoint "
            + checkpoint.path()
            + ": "
            + (names.isEmpty()
                ? "none of its weights is one of the model's"
                : missing.size() + " weights of the model are not in it")
            + "; missing keys: "
            + missing
            + "; unexpected keys: "
            + unexpected);
  }
}
