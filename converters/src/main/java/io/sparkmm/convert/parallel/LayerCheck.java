package io.sparkmm.convert.parallel;

import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeSet;

/** Compares the layers that ranks hold with those that the layout gives them. */
final class LayerCheck {

  private LayerCheck() {}

  /** One text per stage that lacks layers of a modality which the checkpoint has. */
  static List<String> problems(
      Pipeline pipeline, SortedMap<Rank, List<Map<String, TensorView>>> parts) {
    TreeSet<Modality> present = new TreeSet<>();
    parts
        .values()
        .forEach(
            models ->
                models.forEach(
                    model ->
                        model.keySet().forEach(key -> Modality.of(key).ifPresent(present::add))));
    List<String> problems = new ArrayList<>();
    parts.forEach(
        (rank, models) -> {
          for (int virtual = 0; virtual < models.size(); virtual++) {
            int stage = virtual * pipeline.devices() + rank.pp();
            Map<Modality, TreeSet<Integer>> found = layers(pipeline, models.get(virtual));
            for (Modality modality : present) {
              TreeSet<Integer> missing = new TreeSet<>();
              for (int layer = 0; layer < pipeline.count(modality, stage); layer++) {
                missing.add(layer);
              }
              missing.removeAll(found.getOrDefault(modality, new TreeSet<>()));
              if (!missing.isEmpty()) {
                problems.add(told(rank, stage, modality, missing, pipeline));
              }
            }
          }
        });
    return problems;
  }

  private static Map<Modality, TreeSet<Integer>> layers(
      Pipeline pipeline, Map<String, TensorView> model) {
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

  private static String told(
      Rank rank, int stage, Modality modality, TreeSet<Integer> missing, Pipeline pipeline) {
    return rank
        + " lacks layers "
        + missing
        + " of "
        + modality.prefix()
        + "*: "
        + modality.option()
        + "_pp_layers gives it "
        + pipeline.count(modality, stage);
  }
}
