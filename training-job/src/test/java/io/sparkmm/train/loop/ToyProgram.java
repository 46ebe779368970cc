package io.sparkmm.train.loop;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Predicts the next of {@value #VOCABULARY} tokens from the token before, by a table of vectors and
 * a matrix. Global micro-batch k holds the same samples for every number of ranks.
 */
public class ToyProgram implements TrainingProgram {
  static final int VOCABULARY = 11;

  private static final int COLUMNS = 6;

  final List<String> events = new ArrayList<>();
  private final int hidden;
  private final boolean frozen;

  public ToyProgram(int hidden, boolean frozen) {
    this.hidden = hidden;
    this.frozen = frozen;
  }

  @Override
  public TrainableModel modelProvider(TrainContext context) {
    events.add("model");
    ToyModel model = new ToyModel(hidden, context.computeType());
    if (frozen) {
      model.namedParameters().values().forEach(Parameter::freeze);
    }
    return model;
  }

  @Override
  public DataIterators trainValidTestDatasetsProvider(TrainContext context) {
    events.add("data");
    return new DataIterators(batches(context), Optional.empty(), Optional.empty());
  }

  @Override
  public Batch getBatch(BatchIterator iterator, TrainContext context) {
    events.add("batch");
    return Batch.of(iterator.next(), new Device("cpu"), context.computeType());
  }

  @Override
  public ForwardResult forwardStep(
      BatchIterator iterator, TrainableModel model, TrainContext context) {
    events.add("forward");
    return new ForwardResult(
        model.forward(getBatch(iterator, context)), output -> lossFunction(output, context));
  }

  @Override
  public LossResult lossFunction(ModelOutput output, TrainContext context) {
    events.add("loss");
    return new LossResult(CausalLmLoss.mean(output), Map.of());
  }

  BatchIterator batches(TrainContext context) {
    return new BatchIterator() {
      private int next;

      @Override
      public boolean hasNext() {
        return true;
      }

      @Override
      public HostBatch next() {
        int first =
            Math.toIntExact(context.consumedSamples())
                + (next++ * context.worldSize() + context.rank()) * context.microBatchSize();
        return batch(first, context.microBatchSize());
      }

      @Override
      public void close() {
        events.add("close");
      }
    };
  }

  /** Samples first, first + 1, ... */
  static HostBatch batch(int first, int rows) {
    long[] ids = new long[rows * COLUMNS];
    long[] labels = new long[ids.length];
    List<String> names = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      names.add("sample-" + (first + row));
      for (int column = 0; column < COLUMNS; column++) {
        int at = row * COLUMNS + column;
        ids[at] = Math.floorMod((first + row) * 3L + column * column, VOCABULARY);
        labels[at] = column == 0 ? -100 : ids[at];
      }
    }
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 1);
    return new HostBatch(rows, COLUMNS, ids, mask, labels, new float[0], List.of(), names);
  }

  /** The model. */
  public static final class ToyModel extends TrainableModel {
    private final Vectors embed;
    private final Vectors head;

    public ToyModel(int hidden, ScalarType type) {
      embed = child("embed", new Vectors(hidden));
      head = child("head", new Vectors(hidden));
      nameParameters();
      for (Parameter parameter : namedParameters().values()) {
        double[] values = new double[(int) parameter.elements()];
        Arrays.setAll(values, i -> 0.3 * Math.sin(i * 1.3 + parameter.name().length()));
        parameter.setData(Tensors.of(type, values).view(parameter.shape()));
      }
    }

    @Override
    public ModelOutput forward(Batch batch) {
      int rows = batch.host().rows();
      Tensor ids = batch.inputIds().narrow(1, 0, COLUMNS - 1).reshape(-1);
      Tensor targets = batch.labels().narrow(1, 1, COLUMNS - 1).reshape(-1);
      Tensor kept = targets.ge(new org.bytedeco.pytorch.Scalar(0)).nonzero().view(-1);
      Tensor logits = call(in -> head.project(embed.lookUp(ids.index_select(0, kept))));
      return new ModelOutput(logits, targets.index_select(0, kept), kept, rows);
    }
  }

  private static final class Vectors extends Module {
    private final Parameter weight;

    Vectors(int hidden) {
      weight = parameter("weight", new Parameter(Parameter.Role.MATRIX, VOCABULARY, hidden));
    }

    Tensor lookUp(Tensor ids) {
      return call(in -> torch.embedding(weight.value(), in[0]), ids);
    }

    Tensor project(Tensor rows) {
      return call(in -> in[0].matmul(weight.value().t()), rows);
    }
  }
}
