package io.sparkmm.train.launch;

import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.lora.Lora;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import java.util.function.Function;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** A model that is only asked: frozen, without dropout and gradients, spread like the other one. */
interface ReferenceModel extends AutoCloseable {
  /**
   * Runs the model; every rank calls it.
   *
   * @param result computes what is wanted of its output
   */
  Tensor ask(Batch batch, Function<ModelOutput, Tensor> result);

  @Override
  void close();

  /** Makes a model of its own; every rank calls it at the same point. */
  static ReferenceModel load(ModelSharding how, TrainContext context) {
    TrainableModel model = how.model().build(context.seed());
    model.namedParameters().values().forEach(Parameter::freeze);
    model.train(false);
    ParallelModel parallel = how.apply(model, context);
    return new ReferenceModel() {
      @Override
      public Tensor ask(Batch batch, Function<ModelOutput, Tensor> result) {
        try (NoGradGuard off = new NoGradGuard()) {
          Tensor answer = result.apply(model.forward(batch));
          parallel.endForwardPass();
          return answer;
        }
      }

      @Override
      public void close() {
        parallel.close();
        model.namedParameters().values().forEach(Parameter::clearData);
      }
    };
  }

  /** Takes a model without its adapters. */
  static ReferenceModel under(TrainableModel model) {
    return new ReferenceModel() {
      @Override
      public Tensor ask(Batch batch, Function<ModelOutput, Tensor> result) {
        boolean training = model.training();
        model.train(false);
        try (NoGradGuard off = new NoGradGuard()) {
          return Lora.without(model, () -> result.apply(model.forward(batch)));
        } finally {
          model.train(training);
        }
      }

      @Override
      public void close() {}
    };
  }
}
