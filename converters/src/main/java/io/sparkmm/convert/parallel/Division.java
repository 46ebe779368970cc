package io.sparkmm.convert.parallel;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a model is divided among the ranks of a training job.
 *
 * @param pipeline division by layers
 * @param tensors division of single tensors
 * @param table how each tensor is divided
 * @param experts division by experts
 */
public record Division(
    Pipeline pipeline, TensorParallel tensors, TpTable table, ExpertParallel experts) {

  /** All ranks, in their order. */
  public List<Rank> ranks() {
    return Rank.all(tensors.ranks(), pipeline.devices(), experts.size());
  }

  /**
   * What each rank holds.
   *
   * @param model all tensors of the whole model
   * @return for each rank one map per virtual stage, in the order of {@code model}
   * @throws ConvertException of kind DATA that names all tensors which cannot be divided, or have
   *     no place
   */
  public SortedMap<Rank, List<Map<String, TensorView>>> divide(Map<String, TensorView> model) {
    SortedMap<Rank, List<Map<String, TensorView>>> result = new TreeMap<>();
    for (Rank rank : ranks()) {
      List<Map<String, TensorView>> stages = new ArrayList<>();
      for (int stage = 0; stage < pipeline.virtualStages(); stage++) {
        stages.add(new LinkedHashMap<>());
      }
      result.put(rank, List.copyOf(stages));
    }
    List<String> problems = new ArrayList<>();
    model.forEach(
        (key, whole) -> {
          try {
            place(key, whole, result);
          } catch (ConvertException e) {
            problems.addAll(e.problems());
          }
        });
    Problems.throwData(problems);
    return result;
  }

  private void place(
      String key, TensorView whole, Map<Rank, List<Map<String, TensorView>>> result) {
    List<Pipeline.Place> places = pipeline.places(key);
    if (places.isEmpty()) {
      throw ConvertException.data(
          "Cannot place " + key + ": no stage of the pipeline takes it" + outOfRange(key));
    }
    List<TensorView> slices = tensors.slices(table, key, whole);
    boolean placed = false;
    for (int ep = 0; ep < experts.size(); ep++) {
      Optional<String> expert = experts.local(ep, key);
      if (expert.isEmpty()) {
        continue;
      }
      placed = true;
      for (Pipeline.Place place : pipeline.places(expert.get())) {
        int device = place.stage() % pipeline.devices();
        int stage = place.stage() / pipeline.devices();
        for (int tp = 0; tp < tensors.ranks(); tp++) {
          TensorView slice = slices.get(tp % slices.size());
          result.get(new Rank(tp, device, ep)).get(stage).put(place.name(), slice);
        }
      }
    }
    if (!placed) {
      throw ConvertException.data(
          "Cannot place " + key + ": the model has " + experts.experts() + " experts");
    }
  }

  private String outOfRange(String key) {
    return pipeline.layer(key).isEmpty()
        ? ""
        : ", the layers given are 0 to " + (pipeline.layers(key) - 1);
  }
}
