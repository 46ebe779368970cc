package io.sparkmm.train.fsdp;

import io.sparkmm.train.nn.Parameter;
import java.util.Objects;

/**
 * The part of a parameter that a rank holds: some rows along dimension 0.
 *
 * @param parameter the parameter, with its full shape
 * @param first first row; the parameter's number of rows if the rank holds none
 * @param count number of rows, 0 or more
 */
public record ShardRows(Parameter parameter, long first, long count) {
  public ShardRows {
    Objects.requireNonNull(parameter, "parameter");
  }

  /** All rows; a scalar counts as one. */
  static ShardRows all(Parameter parameter) {
    long[] shape = parameter.shape();
    return new ShardRows(parameter, 0, shape.length == 0 ? 1 : shape[0]);
  }

  /**
   * Shape of these rows: the parameter's with {@code count} in place of dimension 0, if it has one.
   */
  public long[] shape() {
    long[] shape = parameter.shape();
    if (shape.length > 0) {
      shape[0] = count;
    }
    return shape;
  }
}
