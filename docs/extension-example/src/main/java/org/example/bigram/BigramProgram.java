package org.example.bigram;

import io.sparkmm.train.launch.TrainPlan;
import io.sparkmm.train.loop.DataIterators;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.loop.TrainingProgram;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A training program: what is trained, on what, and with which loss. Every worker makes one through
 * its public constructor. The callbacks that are not here keep their defaults.
 */
public final class BigramProgram implements TrainingProgram {
  private static final double PENALTY = 1e-4;

  private final TrainPlan.Program plan;

  /** Made by the workers. */
  public BigramProgram(TrainPlan.Program plan) {
    this.plan = plan;
  }

  @Override
  public TrainableModel modelProvider(TrainContext context) {
    return plan.model().build(context.seed());
  }

  @Override
  public DataIterators trainValidTestDatasetsProvider(TrainContext context) {
    return DataIterators.of(
        new TextOnly(
            plan.data().openTrain(context.rank(), context.worldSize(), context.consumedSamples())));
  }

  /** Cross entropy, and a small penalty that keeps the logits from growing. */
  @Override
  public Tensor loss(ModelOutput output) {
    Tensor size = output.logits().logsumexp(1).square().mean();
    return CausalLmLoss.mean(output).add(size.mul(new Scalar(PENALTY)));
  }
}
