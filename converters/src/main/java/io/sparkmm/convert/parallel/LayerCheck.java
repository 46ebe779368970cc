package io.sparkmm.convert.parallel;

import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/** Compares the layers that ranks hold with those that the layout gives them. */
final class LayerCheck {

  private final Pipeline pipeline;
  private final SortedMap<Rank, List<Map<String, TensorView>>> parts;
  private final boolean whole;
  private final Set<Modality> present = EnumSet.noneOf(Modality.class);

  private LayerCheck(
      Pipeline pipeline, SortedMap<Rank, List<Map<String, TensorView>>> parts, boolean whole) {
    this.pipeline = pipeline;
    this.parts = parts;
    this.whole = whole;
  }

  /**
   * One text per rank, virtual stage and modality whose layers are not those of the layout.
   *
   * @param whole whether all layers of a modality must be there if the checkpoint has any of it
   */
  static List<String> problems(
      Pipeline pipeline, SortedMap<Rank, List<Map<String, TensorView>>> parts, boolean whole) {
    return new LayerCheck(pipeline, parts, whole).problems();
  }

  private List<String> problems() {
    for (List<Map<String, TensorView>> models : parts.values()) {
      models.forEach(
          model -> model.keySet().forEach(key -> Modality.of(key).ifPresent(present::add)));
    }
    List<String> problems = new ArrayList<>();
    parts.forEach(
        (rank, models) -> {
          for (int virtual = 0; virtual < models.size(); virtual++) {
            int stage = virtual * pipeline.devices() + rank.pp();
            Map<Modality, TreeSet<Integer>> found = layers(models.get(virtual));
            for (Modality modality : present) {
              int count = pipeline.count(modality, stage);
              TreeSet<Integer> layers = found.getOrDefault(modality, new TreeSet<>());
              boolean surplus = !layers.isEmpty() && layers.last() >= count;
              if (surplus || whole && layers.size() < count) {
                problems.add(told(rank, modality, layers, count));
              }
            }
          }
        });
    return problems;
  }

  private Map<Modality, TreeSet<Integer>> layers(Map<String, TensorView> model) {
    Map<Modality, TreeSet<Integer>> found = new EnumMap<>(Modality.class);
    for (String key : model.keySet()) {
      OptionalInt layer = pipeline.layer(key);
      if (layer.isPresent()) {
        found
            .computeIfAbsent(Modality.of(key).orElseThrow(), modality -> new TreeSet<>())
            .add(layer.getAsInt());
      }
    }
    return found;
  }

  private static String told(Rank rank, Modality modality, TreeSet<Integer> layers, int count) {
    return rank
        + " holds layers "
        + layers
        + " of "
        + modality.prefix()
        + "*, but "
        + modality.option()
        + "_pp_layers gives it "
        + (count == 0 ? "none" : count == 1 ? "layer 0" : "layers 0 to " + (count - 1));
  }
}
