package io.sparkmm.train.profile;

import io.sparkmm.train.loop.IterationStats;
import io.sparkmm.train.loop.Phase;
import io.sparkmm.train.loop.TrainListener;
import io.sparkmm.train.loop.TrainResult;
import io.sparkmm.train.loop.TrainState;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** Writes traces of iterations. Steps are counted from the beginning of this run. */
public final class StepProfiler implements TrainListener {
  private final Tracer tracer;
  private final ProfileSchedule schedule;
  private final Consumer<Path> written;
  private long step;
  private long end;
  private long iteration;
  private TrainState state;

  private StepProfiler(int rank, ProfileSchedule schedule, Consumer<Path> written) {
    this.tracer = new Tracer(rank);
    this.schedule = schedule;
    this.written = Objects.requireNonNull(written, "written");
  }

  /**
   * Records one window.
   *
   * @param startStep iterations that are left out at first
   * @param endStep last iteration that is recorded
   * @param written is told of the file
   */
  public static StepProfiler ofWindow(
      int rank, TraceSettings settings, int startStep, int endStep, Consumer<Path> written) {
    return new StepProfiler(rank, new StaticSchedule(settings, startStep, endStep), written);
  }

  /**
   * Records what the file {@code profiler_config.json} orders while the run goes on.
   *
   * @param folder where the file is; made if it is missing, and so is the file
   * @param written is told of each file that is written
   */
  public static StepProfiler onOrder(int rank, Path folder, Consumer<Path> written) {
    return new StepProfiler(rank, new DynamicSchedule(folder, rank), written);
  }

  @Override
  public void onIterationStart(TrainState before) {
    state = before;
    step++;
    Optional<ProfileSchedule.Start> start = schedule.startAt(step);
    if (start.isPresent() && !tracer.recording()) {
      tracer.open(start.get().settings(), before);
      end = step + start.get().steps() - 1;
    }
    tracer.iterationStarts();
  }

  @Override
  public void onPhase(Phase phase, long startNanos, long endNanos) {
    tracer.phase(phase, startNanos, endNanos, state);
  }

  @Override
  public void onIteration(IterationStats stats) {
    iteration = stats.iteration();
    tracer.iterationEnds(stats);
    if (step == end) {
      tracer.close(iteration).ifPresent(written);
    }
  }

  /** A window that the end of the run cuts short is written, too. */
  @Override
  public void onEnd(TrainResult result) {
    tracer.close(iteration).ifPresent(written);
  }
}
