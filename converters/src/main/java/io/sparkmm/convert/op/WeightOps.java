package io.sparkmm.convert.op;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Operators that together take every tensor of one naming to another, each tensor exactly once.
 *
 * @param ops the operators, of which no two take or make the same name
 */
public record WeightOps(List<WeightOp> ops) {

  public WeightOps {
    ops = List.copyOf(ops);
  }

  /**
   * Applies all operators.
   *
   * @param tensors by name, with no name that no operator takes
   * @return what the operators made: in their order, and within one in the order of {@code tensors}
   * @throws ConvertException of kind DATA with all parts that are missing, shapes that do not fit
   *     and names left over
   */
  public Map<String, TensorView> forward(Map<String, TensorView> tensors) {
    Run run = new Run(tensors);
    ops.forEach(op -> run.apply(op.sources(), op.targets(), op::forward));
    return run.result();
  }

  /** Applies the inverses of all operators, with the same checks. */
  public Map<String, TensorView> inverse(Map<String, TensorView> tensors) {
    Run run = new Run(tensors);
    ops.forEach(op -> run.apply(op.targets(), op.sources(), op::inverse));
    return run.result();
  }

  /** The first of the names that a source takes part in; empty when no operator takes it. */
  public Optional<String> target(String source) {
    return first(source, WeightOp::sources, WeightOp::targets);
  }

  /** The first of the names that a target is made from; empty when no operator makes it. */
  public Optional<String> source(String target) {
    return first(target, WeightOp::targets, WeightOp::sources);
  }

  private Optional<String> first(
      String name,
      Function<WeightOp, List<KeyPattern>> from,
      Function<WeightOp, List<KeyPattern>> to) {
    for (WeightOp op : ops) {
      for (KeyPattern pattern : from.apply(op)) {
        Optional<Map<String, String>> values = pattern.match(name);
        if (values.isPresent()) {
          return Optional.of(to.apply(op).get(0).fill(values.get()));
        }
      }
    }
    return Optional.empty();
  }

  /** One direction of an operator. */
  private interface Change {
    List<TensorView> of(List<NamedTensor> tensors);
  }

  private static final class Run {

    /** Names left over that a message shows at most. */
    private static final int SHOWN = 20;

    private final Map<String, TensorView> left;
    private final Map<String, TensorView> made = new LinkedHashMap<>();
    private final List<List<KeyPattern>> patterns = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    Run(Map<String, TensorView> tensors) {
      left = new LinkedHashMap<>(tensors);
    }

    void apply(List<KeyPattern> from, List<KeyPattern> to, Change change) {
      patterns.add(from);
      KeyPattern lead = from.get(0);
      for (String name : List.copyOf(left.keySet())) {
        lead.match(name)
            .ifPresent(
                values ->
                    apply(
                        from.stream().map(pattern -> pattern.fill(values)).toList(),
                        to,
                        change,
                        values));
      }
    }

    private void apply(
        List<String> names, List<KeyPattern> to, Change change, Map<String, String> values) {
      List<NamedTensor> tensors = new ArrayList<>();
      for (String name : names) {
        TensorView view = left.remove(name);
        if (view == null) {
          problems.add(missing(name, names.get(0)));
        } else {
          tensors.add(new NamedTensor(name, view));
        }
      }
      if (tensors.size() < names.size()) {
        return;
      }
      try {
        List<TensorView> views = change.of(tensors);
        for (int i = 0; i < views.size(); i++) {
          put(to.get(i).fill(values), views.get(i));
        }
      } catch (ConvertException e) {
        problems.addAll(e.problems());
      }
    }

    private static String missing(String name, String present) {
      return "Cannot find " + name + ", which belongs to " + present;
    }

    private void put(String name, TensorView view) {
      if (made.put(name, view) != null) {
        throw new IllegalStateException("Cannot make tensor " + name + " twice");
      }
    }

    Map<String, TensorView> result() {
      List<String> unknown = new ArrayList<>();
      for (String name : left.keySet().stream().limit(SHOWN).toList()) {
        Optional<String> lead = lead(name);
        lead.ifPresentOrElse(found -> problems.add(missing(found, name)), () -> unknown.add(name));
      }
      if (left.size() > SHOWN) {
        unknown.add((left.size() - SHOWN) + " more");
      }
      if (!unknown.isEmpty()) {
        problems.add("Cannot tell what these tensors are: " + String.join(", ", unknown));
      }
      if (!problems.isEmpty()) {
        throw ConvertException.data(problems);
      }
      return made;
    }

    /** The first part of what a tensor is a later part of. */
    private Optional<String> lead(String name) {
      for (List<KeyPattern> parts : patterns) {
        for (KeyPattern part : parts) {
          Optional<String> lead = part.match(name).map(parts.get(0)::fill);
          if (lead.isPresent()) {
            return lead;
          }
        }
      }
      return Optional.empty();
    }
  }
}
