package io.sparkmm.train.optim;

import io.sparkmm.train.nn.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The trainable parameters of a model, grouped by treatment, in order of first appearance.
 *
 * @param groups none of them empty
 */
public record ParameterGroups(List<Group> groups) {
  /**
   * Parameters that are treated alike.
   *
   * @param treatment their factors
   * @param parameters in definition order
   */
  public record Group(ParameterRule.Treatment treatment, List<Parameter> parameters) {
    public Group {
      parameters = List.copyOf(parameters);
    }
  }

  public ParameterGroups {
    groups = List.copyOf(groups);
  }

  /** Groups the parameters that are trained; frozen ones are left out. */
  public static ParameterGroups of(Collection<Parameter> parameters, ParameterRule rule) {
    Map<ParameterRule.Treatment, List<Parameter>> byTreatment = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      if (parameter.trainable()) {
        byTreatment.computeIfAbsent(rule.of(parameter), key -> new ArrayList<>()).add(parameter);
      }
    }
    List<Group> groups = new ArrayList<>();
    byTreatment.forEach((treatment, members) -> groups.add(new Group(treatment, members)));
    return new ParameterGroups(groups);
  }

  /** All parameters, group by group. */
  public List<Parameter> parameters() {
    return groups.stream().flatMap(group -> group.parameters().stream()).toList();
  }
}
