package io.sparkmm.train.launch;

import io.sparkmm.train.checkpoint.DcpCheckpoints;
import io.sparkmm.train.checkpoint.FileOps;
import io.sparkmm.train.checkpoint.LoadSettings;
import io.sparkmm.train.checkpoint.SaveSettings;
import io.sparkmm.train.checkpoint.SchedulerValues;
import io.sparkmm.train.loop.TrainerSettings;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.OptimizerSettings;
import io.sparkmm.train.optim.SgdSettings;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run begins with and what it keeps, as it travels to the workers.
 *
 * @param load what the first attempt begins with
 * @param save what is kept; none or one
 * @param schedule values of a stored learning-rate schedule that take the place of the arguments';
 *     none or one
 * @param tracked iteration that the tracker file of the folder named before the run; 0 for none
 */
public record CheckpointPlan(
    LoadSettings load, List<SaveSettings> save, List<SchedulerValues> schedule, long tracked)
    implements Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointPlan.class);

  public CheckpointPlan {
    Objects.requireNonNull(load, "load");
    save = List.copyOf(save);
    schedule = List.copyOf(schedule);
  }

  /**
   * What an attempt begins with: an attempt after the first goes on from the newest checkpoint of
   * the run, if there is one.
   */
  LoadSettings load(AttemptPlan attempt) {
    Optional<SaveSettings> own = save.stream().findFirst();
    if (!attempt.goesOn() || own.isEmpty() || attempt.fromIteration() == tracked) {
      return load;
    }
    if (!own.get().contents().optimizer()) {
      LOG.warn(
          "The run keeps no optimizer state, so it begins again instead of going on at iteration"
              + " {}",
          attempt.fromIteration());
      return load;
    }
    Path folder = DcpCheckpoints.folder(Path.of(own.get().folder()), attempt.fromIteration());
    return new LoadSettings(folder.toString(), true, true, own.get().contents().rng(), false);
  }

  /**
   * Makes the tracker file of the folder name the iteration that the run begins from, where it is
   * one of that folder.
   */
  void prepare() {
    if (tracked > 0 && !save.isEmpty()) {
      DcpCheckpoints.rewind(Path.of(save.get(0).folder()), tracked);
    }
  }

  /**
   * The checkpoints of one worker.
   *
   * @param files how files are written
   */
  DcpCheckpoints open(AttemptPlan attempt, DcpCheckpoints.Run run, FileOps files) {
    return new DcpCheckpoints(load(attempt), save.stream().findFirst(), run, files);
  }

  /** Settings of the trainer, with the stored schedule where it wins. */
  TrainerSettings settings(TrainerSettings configured, LoopPlan loop) {
    if (schedule.isEmpty()) {
      return configured;
    }
    SchedulerValues stored = schedule.get(0);
    LrSchedule lr =
        LrSchedule.ofSamples(
            loop.rate().with(stored).settings(),
            stored.warmupSamples(),
            stored.decaySamples(),
            configured.globalBatchSize());
    return new TrainerSettings(
        configured.iterations(),
        configured.globalBatchSize(),
        lr,
        decaying(configured.optimizer(), stored.decay().end()),
        configured.rule(),
        configured.clipGrad(),
        configured.options());
  }

  private static OptimizerSettings decaying(OptimizerSettings settings, double weightDecay) {
    if (settings instanceof AdamWSettings adam) {
      return new AdamWSettings(adam.beta1(), adam.beta2(), adam.epsilon(), weightDecay);
    }
    if (settings instanceof SgdSettings sgd) {
      return new SgdSettings(sgd.momentum(), weightDecay);
    }
    throw new LaunchException(
        LaunchException.Kind.SETTINGS,
        "Cannot take the stored weight decay: " + settings.getClass().getName() + " has none");
  }
}
