package io.sparkmm.conf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code pipeline_num_layers}: how many layers each pipeline stage holds. With virtual stages there
 * is one list per virtual stage, and stage order runs through the first list, then the second, ...
 *
 * @param stages one list per virtual stage, all of the same length; one list without virtual stages
 */
public record PipelineLayers(List<List<Integer>> stages) {

  /** Copies the lists. */
  public PipelineLayers {
    stages = stages.stream().map(List::copyOf).toList();
  }

  /** Layers per stage in stage order. */
  public List<Integer> flat() {
    return stages.stream().flatMap(List::stream).toList();
  }

  /** Stages per virtual stage; must equal the pipeline size. */
  public int length() {
    return stages.get(0).size();
  }

  /** All layers. */
  public int sum() {
    return flat().stream().mapToInt(Integer::intValue).sum();
  }

  /** Position of the first stage with a layer; -1 if there is none. */
  public int first() {
    List<Integer> flat = flat();
    for (int i = 0; i < flat.size(); i++) {
      if (flat.get(i) > 0) {
        return i;
      }
    }
    return -1;
  }

  /** Position of the last stage with a layer; -1 if there is none. */
  public int last() {
    List<Integer> flat = flat();
    for (int i = flat.size() - 1; i >= 0; i--) {
      if (flat.get(i) > 0) {
        return i;
      }
    }
    return -1;
  }

  /** As it stands in the file. */
  @Override
  public String toString() {
    return stages.size() == 1 ? stages.get(0).toString() : stages.toString();
  }

  static Optional<PipelineLayers> read(ConfigSection section, int numLayers) {
    String key = "pipeline_num_layers";
    JsonNode value = section.raw(key);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    Optional<PipelineLayers> layers = parse(value);
    if (layers.isEmpty()) {
      section.report(
          key,
          "must be a list of whole numbers of at least 0, or a list of such lists of equal length");
      return layers;
    }
    int sum = layers.get().sum();
    if (sum != numLayers && section.hasValue("num_layers")) {
      section.report(key, "must add up to num_layers = " + numLayers + ", adds up to " + sum);
    }
    return layers;
  }

  private static Optional<PipelineLayers> parse(JsonNode value) {
    boolean nested = value.isArray() && !value.isEmpty() && value.get(0).isArray();
    List<List<Integer>> stages = new ArrayList<>();
    if (nested) {
      for (JsonNode list : value) {
        numbers(list).ifPresent(stages::add);
      }
    } else {
      numbers(value).ifPresent(stages::add);
    }
    boolean complete = stages.size() == (nested ? value.size() : 1);
    boolean even = stages.stream().map(List::size).distinct().count() == 1;
    return complete && even ? Optional.of(new PipelineLayers(stages)) : Optional.empty();
  }

  private static Optional<List<Integer>> numbers(JsonNode list) {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode element : list) {
      if (!element.isInt() || element.intValue() < 0) {
        return Optional.empty();
      }
      numbers.add(element.intValue());
    }
    return list.isArray() && !numbers.isEmpty() ? Optional.of(numbers) : Optional.empty();
  }
}
