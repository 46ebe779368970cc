package io.sparkmm.convert.parallel;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;

/** Puts a model together again from what the ranks of a training job hold. */
public final class Assembly {

  private final Division division;
  private final SortedMap<Rank, List<Map<String, TensorView>>> parts;
  private final List<String> problems = new ArrayList<>();

  private Assembly(Division division, SortedMap<Rank, List<Map<String, TensorView>>> parts) {
    this.division = division;
    this.parts = parts;
  }

  /**
   * The whole model. Of what several ranks hold, the first one speaks for all.
   *
   * @param division how it was divided
   * @param parts for each rank of the division, one map per virtual stage
   * @param whole whether every layer of a modality must be there if any is; false for adapters
   * @return all tensors with the names they have in the whole model
   * @throws ConvertException of kind DATA when the ranks do not fit together
   */
  public static Map<String, TensorView> join(
      Division division, SortedMap<Rank, List<Map<String, TensorView>>> parts, boolean whole) {
    Assembly assembly = new Assembly(division, parts);
    assembly.problems.addAll(LayerCheck.problems(division.pipeline(), parts, whole));
    Problems.throwData(assembly.problems);
    return assembly.join();
  }

  /**
   * What the tensor parallel ranks hold copies of.
   *
   * @return the views of all ranks for each such tensor, by its name in the whole model
   * @throws ConvertException of kind DATA when the ranks do not fit together
   */
  public static Map<String, List<TensorView>> copies(
      Division division, SortedMap<Rank, List<Map<String, TensorView>>> parts) {
    Map<String, List<TensorView>> copies = new LinkedHashMap<>();
    new Assembly(division, parts)
        .slices()
        .forEach(
            (key, views) -> {
              if (views.size() > 1 && division.tensors().isCopied(division.table(), key)) {
                copies.put(key, views);
              }
            });
    return copies;
  }

  private Map<String, TensorView> join() {
    Map<String, TensorView> result = new LinkedHashMap<>();
    slices()
        .forEach(
            (key, views) -> {
              try {
                result.put(key, division.tensors().merge(division.table(), key, views));
              } catch (ConvertException e) {
                problems.addAll(e.problems());
              }
            });
    Problems.throwData(problems);
    return result;
  }

  /** What each tensor parallel rank holds, by global names. */
  private Map<String, List<TensorView>> slices() {
    List<Map<String, TensorView>> slices = new ArrayList<>();
    for (int tp = 0; tp < division.tensors().ranks(); tp++) {
      slices.add(slice(tp));
    }
    for (int tp = 1; tp < slices.size(); tp++) {
      checkSameNames(tp, slices.get(0).keySet(), slices.get(tp).keySet());
    }
    Problems.throwData(problems);
    Map<String, List<TensorView>> result = new LinkedHashMap<>();
    for (String key : slices.get(0).keySet()) {
      result.put(key, slices.stream().map(slice -> slice.get(key)).toList());
    }
    return result;
  }

  /** What all pipeline and expert ranks of a tensor parallel rank hold, by global names. */
  private Map<String, TensorView> slice(int tp) {
    Map<String, TensorView> result = new LinkedHashMap<>();
    parts.forEach(
        (rank, models) -> {
          if (rank.tp() == tp) {
            for (int virtual = 0; virtual < models.size(); virtual++) {
              int stage = virtual * division.pipeline().devices() + rank.pp();
              add(rank, stage, models.get(virtual), result);
            }
          }
        });
    return result;
  }

  private void add(
      Rank rank, int stage, Map<String, TensorView> model, Map<String, TensorView> result) {
    model.forEach(
        (name, view) -> {
          String problem = outOfRange(rank, name);
          if (!problem.isEmpty()) {
            problems.add(problem);
            return;
          }
          String key =
              division.experts().global(rank.ep(), division.pipeline().global(stage, name));
          TensorView other = result.putIfAbsent(key, view);
          if (other != null
              && (!other.shape().equals(view.shape()) || other.dtype() != view.dtype())) {
            problems.add(
                rank
                    + " holds "
                    + key
                    + " as "
                    + Slices.described(view)
                    + ", another stage as "
                    + Slices.described(other));
          }
        });
  }

  private String outOfRange(Rank rank, String name) {
    OptionalInt expert = ExpertParallel.expert(name);
    int experts = division.experts().perRank();
    return expert.isEmpty() || experts == 0 || expert.getAsInt() < experts
        ? ""
        : rank + " holds " + name + ", but each rank has " + experts + " experts";
  }

  private void checkSameNames(int tp, Set<String> expected, Set<String> actual) {
    Set<String> missing = new LinkedHashSet<>(expected);
    missing.removeAll(actual);
    Set<String> extra = new LinkedHashSet<>(actual);
    extra.removeAll(expected);
    missing.forEach(key -> problems.add("tp rank " + tp + " lacks " + key + ", tp rank 0 has it"));
    extra.forEach(key -> problems.add("tp rank " + tp + " has " + key + ", tp rank 0 lacks it"));
  }
}
