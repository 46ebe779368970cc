package io.sparkmm.train.bench;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A model that has weights and computes nothing, to measure how fast its state is moved. */
final class StateModel extends TrainableModel {
  /** Columns of every weight. */
  static final long COLUMNS = 2048;

  /**
   * Makes a model of random weights.
   *
   * @param weights number of weights
   * @param rows rows of each
   */
  StateModel(int weights, long rows) {
    for (int i = 0; i < weights; i++) {
      Parameter parameter =
          parameter("weight" + i, new Parameter(Parameter.Role.MATRIX, rows, COLUMNS));
      try (TensorScope scope = TensorScope.open()) {
        parameter.setData(
            torch.rand(new long[] {rows, COLUMNS}, new TensorOptions(ScalarType.Float)));
      }
    }
    nameParameters();
  }

  @Override
  public ModelOutput forward(Batch batch) {
    throw new UnsupportedOperationException("Cannot compute: the model has weights only");
  }
}
