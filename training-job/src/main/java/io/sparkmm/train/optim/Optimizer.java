package io.sparkmm.train.optim;

import io.sparkmm.train.nn.Parameter;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * An update rule with its state, on whole parameters or on shards. A parameter without gradient is
 * left alone: neither it nor its state changes.
 */
public interface Optimizer extends AutoCloseable {
  /**
   * State of one parameter.
   *
   * @param step updates that were applied
   * @param tensors by PyTorch's names, for example {@code exp_avg}; of the shape and type of {@link
   *     Parameter#data()}
   */
  record ParameterState(long step, Map<String, Tensor> tensors) {
    public ParameterState {
      tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /**
     * Refuses a state that is not one of a parameter.
     *
     * @param names names of the tensors that the update rule keeps
     * @throws IllegalArgumentException naming what differs
     */
    void requireFit(Parameter parameter, List<String> names) {
      if (!tensors.keySet().equals(Set.copyOf(names))) {
        throw new IllegalArgumentException(
            String.format(
                "Cannot restore the optimizer state of %s: it has %s, expected %s",
                parameter.name(), tensors.keySet(), String.join(" and ", names)));
      }
      long[] expected = parameter.data().sizes().vec().get();
      tensors.forEach(
          (name, tensor) -> {
            long[] shape = tensor.sizes().vec().get();
            if (!Arrays.equals(shape, expected)) {
              throw new IllegalArgumentException(
                  String.format(
                      "Cannot restore %s of %s: shape is %s, expected %s",
                      name, parameter.name(), Arrays.toString(shape), Arrays.toString(expected)));
            }
          });
    }
  }

  /** The parameters and how they are treated. */
  ParameterGroups groups();

  /**
   * Updates every parameter that has a gradient.
   *
   * @param lr learning rate, multiplied by each group's own factor
   */
  void step(double lr);

  /** State of a parameter, empty before its first update. Its tensors stay the optimizer's. */
  Optional<ParameterState> state(Parameter parameter);

  /**
   * Sets the state of a parameter; the values are copied.
   *
   * @throws IllegalArgumentException if names or shapes are not those of this optimizer and the
   *     parameter
   */
  void restore(Parameter parameter, ParameterState state);

  /** Frees the state. */
  @Override
  void close();
}
