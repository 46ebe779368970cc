package io.sparkmm.train.loop;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import java.util.Objects;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * The five callbacks of a training run. The trainer calls {@link #modelProvider} and {@link
 * #trainValidTestDatasetsProvider} once, then for every micro-batch {@link #forwardStep}, which
 * calls {@link #getBatch}, and the loss function that {@code forwardStep} returned.
 *
 * <p>A program must be stateless between workers: every worker makes its own object.
 */
public interface TrainingProgram {
  /**
   * Builds the bare model: on the host, in its storage type, frozen where it has to be, neither
   * wrapped nor moved. Must not touch process groups. Every rank must build identical weights.
   */
  TrainableModel modelProvider(TrainContext context);

  /**
   * Builds this rank's part of the data. A program that has training data only, and needs to know
   * nothing of its place to open them, may override {@link #trainData} instead.
   *
   * @return endless iterators; validation and test may be missing
   */
  default DataIterators trainValidTestDatasetsProvider(TrainContext context) {
    return DataIterators.of(trainData());
  }

  /** The smaller form of {@link #trainValidTestDatasetsProvider}. */
  default BatchIterator trainData() {
    throw new UnsupportedOperationException(
        "Cannot open the training data: "
            + getClass().getName()
            + " overrides neither trainValidTestDatasetsProvider nor trainData");
  }

  /**
   * Takes the next micro-batch and puts it on the device, floating-point values in the compute
   * type.
   */
  default Batch getBatch(BatchIterator iterator, TrainContext context) {
    Objects.requireNonNull(iterator, "rank " + context.rank() + " has no data iterator");
    return Batch.of(iterator.next(), context.device(), context.computeType());
  }

  /**
   * Runs the model on the next micro-batch; the trainer then applies the returned loss function.
   */
  default ForwardResult forwardStep(
      BatchIterator iterator, TrainableModel model, TrainContext context) {
    return new ForwardResult(
        model.forward(getBatch(iterator, context)), output -> lossFunction(output, context));
  }

  /**
   * Loss of one micro-batch from the model's output. A program whose loss is just a mean may
   * override {@link #loss} instead.
   */
  default LossResult lossFunction(ModelOutput output, TrainContext context) {
    return LossResult.mean(loss(output));
  }

  /**
   * The smaller form of {@link #lossFunction}: a scalar that still has its graph. If neither is
   * overridden, the mean over the targets.
   */
  default Tensor loss(ModelOutput output) {
    return CausalLmLoss.mean(output);
  }

  /**
   * Output of a forward step and the loss function that belongs to it.
   *
   * @param output what the model computed
   * @param loss is called once with {@code output}
   */
  record ForwardResult(ModelOutput output, Function<ModelOutput, LossResult> loss) {}
}
