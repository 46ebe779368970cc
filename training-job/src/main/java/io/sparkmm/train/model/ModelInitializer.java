package io.sparkmm.train.model;

import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Fresh weights. The values of a parameter depend on the seed and its name only, not on the order
 * of initialisation nor on the number of workers. Biases are 0, normalisation weights 1. Of a
 * low-rank adapter the first factor is uniform within {@code 1/sqrt(inputs)}, the second one 0.
 */
public enum ModelInitializer {
  /**
   * Matrices and embeddings are normal with the standard deviation that the model's configuration
   * gives; the embedding row of a padding token is 0 if the configuration names one.
   */
  NORMAL {
    @Override
    double deviation(TrainableModel model, Parameter parameter) {
      return model.initializerRange(parameter.name());
    }
  },
  /**
   * Matrices are normal with standard deviation {@code 1/sqrt(inputs)}, embeddings with 0.1: small
   * models trained from nothing learn much faster so.
   */
  FAN_IN {
    @Override
    double deviation(TrainableModel model, Parameter parameter) {
      if (parameter.role() == Parameter.Role.EMBEDDING) {
        return FAN_IN_EMBEDDING;
      }
      long inputs = parameter.elements() / parameter.shape()[0];
      return 1 / Math.sqrt(inputs);
    }
  };

  private static final double FAN_IN_EMBEDDING = 0.1;
  private static final long BLOCK_ELEMENTS = 1 << 22;

  abstract double deviation(TrainableModel model, Parameter parameter);

  /** Gives every parameter of a model fresh host storage of a type and fills it. */
  public void initialize(TrainableModel model, long seed, ScalarType type) {
    initialize(model, model.namedParameters().values(), seed, type);
  }

  /** Does so with the parameters that have no storage. */
  public void initializeRest(TrainableModel model, long seed, ScalarType type) {
    List<Parameter> rest =
        model.namedParameters().values().stream()
            .filter(parameter -> !parameter.materialized())
            .toList();
    initialize(model, rest, seed, type);
  }

  private void initialize(
      TrainableModel model, Collection<Parameter> parameters, long seed, ScalarType type) {
    for (Parameter parameter : parameters) {
      try (PointerScope scope = new PointerScope()) {
        Tensor data = torch.empty(parameter.shape(), new TensorOptions(type), Constants.NO_FORMAT);
        fill(data, model, parameter, seed);
        parameter.setData(data);
      }
    }
  }

  private void fill(Tensor data, TrainableModel model, Parameter parameter, long seed) {
    long rows = parameter.shape().length == 0 ? 1 : parameter.shape()[0];
    long block = rows == 0 ? 1 : Math.max(1, BLOCK_ELEMENTS * rows / parameter.elements());
    for (long first = 0; first < rows; first += block) {
      long count = Math.min(block, rows - first);
      try (PointerScope scope = new PointerScope()) {
        data.narrow(0, first, count).copy_(rows(model, parameter, new Rows(first, count), seed));
      }
    }
  }

  /**
   * A range of rows of a parameter, along its first dimension.
   *
   * @param first first row
   * @param count number of rows
   */
  public record Rows(long first, long count) {}

  /** Fresh values of some rows of a parameter, in float32 on the host: what a shard needs. */
  public Tensor rows(TrainableModel model, Parameter parameter, Rows rows, long seed) {
    long[] shape = parameter.shape();
    long rowElements = shape[0] == 0 ? 0 : parameter.elements() / shape[0];
    shape[0] = rows.count();
    float[] values = new float[Math.toIntExact(rows.count() * rowElements)];
    switch (parameter.role()) {
      case BIAS, NORM_BIAS -> Arrays.fill(values, 0);
      case NORM_WEIGHT -> Arrays.fill(values, 1);
      case ADAPTER_OUT -> Arrays.fill(values, 0);
      case ADAPTER_IN -> {
        Gaussian random = new Gaussian(seed, parameter.name());
        double bound = 1 / Math.sqrt(rowElements);
        long offset = rows.first() * rowElements;
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) (bound * (2 * random.uniform(offset + i) - 1));
        }
      }
      case MATRIX, EMBEDDING -> {
        Gaussian random = new Gaussian(seed, parameter.name());
        double deviation = deviation(model, parameter);
        long offset = rows.first() * rowElements;
        // Each value depends on its index alone, so that any thread may make it.
        IntStream.range(0, values.length)
            .parallel()
            .forEach(i -> values[i] = (float) (deviation * random.at(offset + i)));
        model
            .zeroRow(parameter.name())
            .ifPresent(row -> clear(values, (row - rows.first()) * rowElements, rowElements));
      }
    }
    return HostTensors.of(values, shape);
  }

  private static void clear(float[] values, long from, long count) {
    if (from >= 0 && from < values.length) {
      Arrays.fill(values, (int) from, (int) (from + count), 0);
    }
  }
}
