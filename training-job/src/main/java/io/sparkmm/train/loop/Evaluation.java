package io.sparkmm.train.loop;

import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.memory.TensorScope;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * Runs the model over validation data: without gradients, with dropout and the like off. Always
 * begins with the first sample, so that values of one run can be compared, and a run that was
 * resumed finds the same ones.
 */
final class Evaluation {
  private final TrainState state;
  private final TrainerSettings settings;
  private final ForwardPass pass;
  private final WatchedIterator data;

  Evaluation(TrainState state, TrainerSettings settings, ForwardPass pass, BatchIterator data) {
    this.state = state;
    this.settings = settings;
    this.pass = pass;
    this.data = new WatchedIterator(data);
  }

  /** Validates; every rank calls it at the same point. */
  Map<String, Double> run(long iteration, int microBatches) {
    LossSums sums = new LossSums(settings.options().perTokenLoss());
    data.restart();
    state.model().train(false);
    try (TensorScope all = TensorScope.open();
        NoGradGuard guard = new NoGradGuard()) {
      int count = Math.multiplyExact(settings.options().evaluation().rounds(), microBatches);
      for (int index = 1; index <= count; index++) {
        try (TensorScope scope = TensorScope.open()) {
          ForwardPass.Found found =
              pass.run(
                  new ForwardPass.MicroBatch(
                      data,
                      "validation after iteration " + iteration + ", micro-batch " + index,
                      new StepClock()),
                  false);
          state.parallel().endForwardPass();
          sums.add(found.entries(), found.result());
        }
      }
    } finally {
      state.model().train(true);
    }
    return sums.log();
  }
}
