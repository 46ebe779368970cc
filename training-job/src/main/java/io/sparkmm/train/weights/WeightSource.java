package io.sparkmm.train.weights;

import io.sparkmm.train.nn.Parameter;
import org.bytedeco.pytorch.Tensor;

/** Where the values of parameters come from, some rows at a time. */
@FunctionalInterface
public interface WeightSource {
  /**
   * Makes the values of some rows of a parameter.
   *
   * @param parameter the parameter, with its full shape
   * @param first first row along dimension 0
   * @param count number of rows, at least 1
   * @return host tensor of a floating-point type; belongs to the current scope
   */
  Tensor rows(Parameter parameter, long first, long count);
}
