package io.sparkmm.train.loop;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.optim.ParameterRule;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains the toy model in float64, two micro-batches of two samples per iteration and rank. */
public final class ToyRun {
  private ToyRun() {}

  /** Trains on one rank. */
  public static void train(
      Collectives group,
      int iterations,
      TrainListener listener,
      BiFunction<TrainableModel, Collectives, ParallelModel> wrapping) {
    int batch = 4 * group.size();
    new Trainer(
            new ToyProgram(3, false),
            new TrainContext(group, ScalarType.Double, 2, 1),
            new TrainerSettings(
                iterations,
                batch,
                LrSchedule.create(LrSettings.constant(0.05), iterations, batch),
                new AdamWSettings(0.9, 0.999, 1e-8, 0.01),
                ParameterRule.excluding(java.util.List.of()),
                1.0),
            model -> wrapping.apply(model, group),
            listener)
        .run()
        .close();
  }
}
