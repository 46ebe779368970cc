package io.sparkmm.convert.lora;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The adapters of some layers, found by the names of their tensors: {@code
 * <layer>.lora_A.default.weight} and {@code <layer>.lora_B.default.weight}.
 */
public final class LoraAdapters {

  private static final String A = ".lora_A.default.weight";
  private static final String B = ".lora_B.default.weight";

  private static final String MODULES_TO_SAVE = ".modules_to_save.";

  /** Parts of the names of trained tensors that a sum of matrices leaves out. */
  private static final SortedMap<String, String> OTHER_KINDS =
      new TreeMap<>(
          Map.of(
              ".lora_magnitude_vector",
              "a magnitude of DoRA, which is more than a sum of matrices",
              ".lora_embedding_",
              "an adapter of an embedding, which is not supported",
              ".lora_B.default.bias",
              "a bias of an adapter, which is not supported",
              MODULES_TO_SAVE,
              "a whole trained tensor (modules_to_save), which is not supported"));

  private final SortedMap<String, LoraPair> pairs;
  private final List<String> warnings;

  private LoraAdapters(SortedMap<String, LoraPair> pairs, List<String> warnings) {
    this.pairs = pairs;
    this.warnings = List.copyOf(warnings);
  }

  /**
   * Finds the adapters to merge.
   *
   * @param source file or folder of the tensors, for messages
   * @param tensors by name; those that belong to no adapter are passed over
   * @param targets parts of names of layers, one of which a layer must contain to be merged; empty
   *     for all layers
   * @throws ConvertException of kind DATA when there are no adapters, a layer has only one of its
   *     matrices, or something else was trained with them (DoRA, biases, embeddings, whole
   *     modules); of kind USAGE when a target is contained in no layer
   */
  public static LoraAdapters find(
      String source, Map<String, TensorView> tensors, List<String> targets) {
    SortedMap<String, TensorView> a = matrices(tensors, A);
    SortedMap<String, TensorView> b = matrices(tensors, B);
    Set<String> layers = new LinkedHashSet<>(a.keySet());
    layers.addAll(b.keySet());
    if (layers.isEmpty()) {
      throw ConvertException.data(
          "Cannot merge adapters of "
              + source
              + ": it holds no tensor <layer>"
              + A
              + example(tensors.keySet()));
    }
    checkTargets(source, layers, targets);
    checkKinds(source, tensors.keySet(), targets);
    SortedMap<String, LoraPair> pairs = new TreeMap<>();
    List<String> problems = new ArrayList<>();
    List<String> left = new ArrayList<>();
    for (String layer : layers) {
      if (!isTarget(layer, targets)) {
        left.add(layer);
      } else if (!a.containsKey(layer) || !b.containsKey(layer)) {
        problems.add(
            "Cannot merge adapter "
                + layer
                + " of "
                + source
                + ": it has no matrix "
                + (a.containsKey(layer) ? layer + B : layer + A));
      } else {
        pairs.put(layer, new LoraPair(layer, a.get(layer), b.get(layer)));
      }
    }
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
    return new LoraAdapters(pairs, warnings(source, left));
  }

  /** The layer of an adapter's tensor: what stands before {@code .lora_}. */
  public static String layer(String name) {
    int at = name.indexOf(".lora_");
    return at < 0 ? name : name.substring(0, at);
  }

  private static SortedMap<String, TensorView> matrices(
      Map<String, TensorView> tensors, String suffix) {
    SortedMap<String, TensorView> result = new TreeMap<>();
    tensors.forEach(
        (name, view) -> {
          if (name.endsWith(suffix)) {
            result.put(name.substring(0, name.length() - suffix.length()), view);
          }
        });
    return result;
  }

  private static String example(Set<String> names) {
    Optional<String> one = names.stream().filter(name -> name.contains("lora")).findFirst();
    return one.or(() -> names.stream().findFirst())
        .map(name -> "; its tensors are named like " + name)
        .orElse("; it holds no tensors at all");
  }

  private static boolean isTarget(String layer, List<String> targets) {
    return targets.isEmpty() || targets.stream().anyMatch(layer::contains);
  }

  private static void checkTargets(String source, Set<String> layers, List<String> targets) {
    List<String> unmatched =
        targets.stream()
            .filter(target -> layers.stream().noneMatch(l -> l.contains(target)))
            .toList();
    if (!unmatched.isEmpty()) {
      throw ConvertException.usage(
          "lora_target_modules: "
              + unmatched
              + " occur in no adapter of "
              + source
              + "; its adapters are named like "
              + layers.iterator().next());
    }
  }

  /** What a file of adapters holds beside the matrices would be lost without a word. */
  private static void checkKinds(String source, Set<String> names, List<String> targets) {
    List<String> problems = new ArrayList<>();
    OTHER_KINDS.forEach(
        (part, kind) -> {
          List<String> found =
              new TreeSet<>(names)
                  .stream()
                      .filter(name -> name.contains(part))
                      .filter(name -> part.equals(MODULES_TO_SAVE) || isTarget(name, targets))
                      .toList();
          if (!found.isEmpty()) {
            problems.add(
                "Cannot merge adapters of "
                    + source
                    + ": "
                    + found.get(0)
                    + " is "
                    + kind
                    + (found.size() > 1 ? ", and so are " + (found.size() - 1) + " more" : "")
                    + "; merge it with the tool that trained it");
          }
        });
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
  }

  private static List<String> warnings(String source, List<String> left) {
    return left.isEmpty()
        ? List.of()
        : List.of(
            left.size()
                + " adapters of "
                + source
                + " are no targets and are not merged, such as "
                + left.get(0));
  }

  /** The adapters to merge by layer. */
  public SortedMap<String, LoraPair> pairs() {
    return new TreeMap<>(pairs);
  }

  /** What the user should know. */
  public List<String> warnings() {
    return warnings;
  }

  /**
   * The adapters by the name of the weight that each is for.
   *
   * @param prefix dropped from the layer wherever it occurs; may be empty
   */
  public Map<String, LoraPair> byWeight(String prefix) {
    Map<String, LoraPair> result = new LinkedHashMap<>();
    pairs.forEach(
        (layer, pair) ->
            result.put((prefix.isEmpty() ? layer : layer.replace(prefix, "")) + ".weight", pair));
    return result;
  }
}
