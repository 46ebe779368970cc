package io.sparkmm.train.bench;

import io.sparkmm.train.checkpoint.DcpCheckpoints;
import io.sparkmm.train.checkpoint.GroupSettings;
import io.sparkmm.train.checkpoint.LoadSettings;
import io.sparkmm.train.checkpoint.SaveContents;
import io.sparkmm.train.checkpoint.SaveSettings;
import io.sparkmm.train.checkpoint.SchedulerValues;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.fsdp.UnshardedModel;
import io.sparkmm.train.loop.TrainPosition;
import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.optim.Optimizer;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.torch.RandomStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Times of storing and reading the state of a model on one worker. */
final class CheckpointTimes implements AutoCloseable {
  private static final AdamWSettings ADAMW = new AdamWSettings(0.9, 0.999, 1e-8, 0.1);

  private final Optimizer optimizer;
  private final UnshardedModel parallel;
  private final StateModel model;

  /**
   * What storing in the background took, in seconds.
   *
   * @param copy until the next update may begin, if nothing is computed before it
   * @param stop how long training waits when an iteration is computed before the next update
   * @param complete until the checkpoint is complete, without an iteration in between
   */
  record Background(double copy, double stop, double complete) {}

  CheckpointTimes(int weights, long rows) {
    RandomStream.begin(1, 0);
    model = new StateModel(weights, rows);
    parallel = new UnshardedModel(model);
    ParameterGroups groups =
        ParameterGroups.of(parallel.parameters(), ParameterRule.decayMatricesOnly());
    optimizer = ADAMW.create(groups);
    for (Parameter parameter : parallel.parameters()) {
      try (TensorScope scope = TensorScope.open()) {
        Tensor like = torch.rand_like(parameter.data().detach());
        optimizer.restore(
            parameter,
            new Optimizer.ParameterState(1, Map.of("exp_avg", like, "exp_avg_sq", like)));
      }
    }
  }

  private TrainState at(long iteration) {
    TrainPosition position = new TrainPosition(iteration, iteration, iteration);
    return new TrainState(position, model, parallel, optimizer);
  }

  /** Seconds that a checkpoint takes when training waits for it. */
  double blocking(Path folder) {
    try (DcpCheckpoints checkpoints = open(folder, false)) {
      checkpoints.restore(at(0));
      long start = System.nanoTime();
      checkpoints.afterIteration(at(2));
      return seconds(start);
    }
  }

  /**
   * Times of a checkpoint, after one that has touched the memory of the copies.
   *
   * @param iterationMillis length of an iteration up to its update
   */
  Background background(Path folder, long iterationMillis) throws InterruptedException {
    try (DcpCheckpoints checkpoints = open(folder, true)) {
      checkpoints.restore(at(0));
      checkpoints.afterIteration(at(2));
      checkpoints.atEnd(at(2));
      long start = System.nanoTime();
      checkpoints.afterIteration(at(4));
      checkpoints.beforeUpdate();
      double copy = seconds(start);
      checkpoints.atEnd(at(4));
      double complete = seconds(start);
      start = System.nanoTime();
      checkpoints.afterIteration(at(6));
      double stop = seconds(start);
      Thread.sleep(iterationMillis);
      start = System.nanoTime();
      checkpoints.beforeUpdate();
      stop += seconds(start);
      checkpoints.atEnd(at(6));
      return new Background(copy, stop, complete);
    }
  }

  /** Seconds that reading a checkpoint takes, checksums included. */
  double reading(Path iteration) {
    LoadSettings load = LoadSettings.everything(iteration.toString());
    try (DcpCheckpoints checkpoints = new DcpCheckpoints(load, Optional.empty(), run())) {
      long start = System.nanoTime();
      checkpoints.restore(at(0));
      return seconds(start);
    }
  }

  private static DcpCheckpoints open(Path folder, boolean background) {
    SchedulerValues scheduler =
        new SchedulerValues(
            1e-3, 0, 0, 100, "constant", SchedulerValues.WeightDecay.constant(0.1, 100));
    SaveContents contents =
        new SaveContents(
            true,
            true,
            Map.of(),
            scheduler,
            GroupSettings.adamW(ADAMW.beta1(), ADAMW.beta2(), ADAMW.epsilon()));
    SaveSettings save = new SaveSettings(folder.toString(), 2, background, contents);
    return new DcpCheckpoints(LoadSettings.NONE, Optional.of(save), run());
  }

  private static DcpCheckpoints.Run run() {
    LrSchedule schedule = LrSchedule.create(LrSettings.constant(1e-3), 100, 1);
    return new DcpCheckpoints.Run(new LocalCollectives(), schedule, 1, "bench-0");
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    optimizer.close();
    parallel.close();
    parallel.parameters().forEach(Parameter::clearData);
  }
}
