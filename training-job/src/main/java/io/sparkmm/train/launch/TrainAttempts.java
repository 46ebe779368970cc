package io.sparkmm.train.launch;

import io.sparkmm.train.checkpoint.DcpCheckpoints;
import io.sparkmm.train.fault.FaultRecord;
import java.nio.file.Path;
import java.util.Optional;

/** The attempts of a training run: every one goes on from the newest complete checkpoint. */
final class TrainAttempts implements RestartingJob.Attempts<TrainWorker.Done> {
  private final TrainPlan plan;
  private final int logInterval;
  private final Optional<Path> save;
  private final FaultRecord faults;
  private final Optional<ExportFolder> export;

  /**
   * Makes the attempts of a run.
   *
   * @param logInterval iterations between reports of a worker's times
   * @param save folder of the run's checkpoints, if it keeps any
   */
  TrainAttempts(TrainPlan plan, int logInterval, Optional<Path> save, FaultRecord faults) {
    this.plan = plan;
    this.logInterval = logInterval;
    this.save = save;
    this.faults = faults;
    this.export =
        plan.export().folder().isEmpty()
            ? Optional.empty()
            : Optional.of(new ExportFolder(Path.of(plan.export().folder())));
  }

  @Override
  public WorkerTask<TrainWorker.Done> task(int attempt, long fromIteration) {
    if (attempt > 1) {
      export.ifPresent(ExportFolder::clear);
    }
    return new TrainWorker(
        plan, logInterval, new AttemptPlan(attempt, fromIteration, faults.armed()));
  }

  @Override
  public long kept() {
    return KeptCheckpoint.iteration(save);
  }

  @Override
  public long giveUp(long damaged) {
    return save.map(folder -> DcpCheckpoints.giveUp(folder, damaged, plan.checkpoints().tracked()))
        .orElse(0L);
  }
}
