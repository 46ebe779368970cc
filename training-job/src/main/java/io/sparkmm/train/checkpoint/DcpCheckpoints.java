package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.loop.Checkpoints;
import io.sparkmm.train.loop.TrainPosition;
import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.optim.LrSchedule;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a run's state in directories of {@code torch.distributed.checkpoint}, and brings it back.
 *
 * <p>Every rank has an object of its own.
 */
public final class DcpCheckpoints implements Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(DcpCheckpoints.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long FAILED = -1;

  private final LoadSettings load;
  private final Optional<SaveSettings> save;
  private final Run run;
  private final StatusExchange ranks;
  private final FileOps files;
  private final Optional<Saver> saver;
  private final HostCopies copies = new HostCopies();
  private long begun;
  private long kept;

  /**
   * What the checkpoints of a run need to know about it.
   *
   * @param group all workers; stays the caller's
   * @param schedule learning rate by samples
   * @param globalBatchSize samples of an iteration
   * @param attempt name of this attempt of the run, which no other attempt has
   */
  public record Run(Collectives group, LrSchedule schedule, int globalBatchSize, String attempt) {
    public Run {
      Objects.requireNonNull(group, "group");
      Objects.requireNonNull(schedule, "schedule");
      Objects.requireNonNull(attempt, "attempt");
    }
  }

  /**
   * Makes the checkpoints of one rank.
   *
   * @param save empty to keep nothing
   */
  public DcpCheckpoints(LoadSettings load, Optional<SaveSettings> save, Run run) {
    this(load, save, run, FileOps.DISK);
  }

  /**
   * Makes the checkpoints of one rank.
   *
   * @param save empty to keep nothing
   * @param files how files are written
   */
  public DcpCheckpoints(LoadSettings load, Optional<SaveSettings> save, Run run, FileOps files) {
    this.load = Objects.requireNonNull(load, "load");
    this.save = Objects.requireNonNull(save, "save");
    this.run = Objects.requireNonNull(run, "run");
    this.files = files;
    this.ranks = new StatusExchange(run.group());
    this.saver = save.map(to -> new Saver(folder(to), files, ranks, run.attempt(), PATIENCE));
  }

  private CheckpointFolder folder(SaveSettings to) {
    return new CheckpointFolder(Path.of(to.folder()), files);
  }

  /**
   * Lets a run begin from one of the checkpoints in the folder that it saves in: what the tracker
   * file says becomes that one. To be called before the ranks start.
   *
   * @throws CheckpointException if the tracker file cannot be written
   */
  public static void rewind(Path folder, long iteration) {
    try {
      new CheckpointFolder(folder, FileOps.DISK).rewind(iteration);
    } catch (IOException e) {
      throw new CheckpointException(
          CheckpointException.Kind.WRITE,
          "Cannot write the tracker file of " + folder + ": " + e,
          e);
    }
  }

  /**
   * Lets go of the latest checkpoint of a run, because it cannot be read: the tracker file names
   * the one before it, if there is one. To be called while no rank runs.
   *
   * @param latest its iteration
   * @param begun iteration that the run began from; older checkpoints are not the run's
   * @return iteration of the checkpoint before it, {@code begun} if there is none
   * @throws CheckpointException if the folder cannot be read or written
   */
  public static long giveUp(Path folder, long latest, long begun) {
    try {
      return new CheckpointFolder(folder, FileOps.DISK).giveUp(latest, begun);
    } catch (IOException e) {
      throw new CheckpointException(
          CheckpointException.Kind.WRITE, "Cannot use the folder " + folder + ": " + e, e);
    }
  }

  /**
   * The folder of an iteration below a folder of checkpoints.
   *
   * @param step wanted iteration; empty for what the tracker file says
   * @throws CheckpointException of kind TRACKER naming the file and what it says
   */
  public static Path find(Path folder, OptionalInt step) {
    return CheckpointFolder.find(
        folder,
        step.isPresent() ? Optional.of(Integer.toString(step.getAsInt())) : Optional.empty());
  }

  /** The folder in which the checkpoint of an iteration is. */
  public static Path folder(Path folder, long iteration) {
    return new CheckpointFolder(folder, FileOps.DISK).iteration(iteration);
  }

  /**
   * Puts the weights of a checkpoint into a model that may be sharded; adapters stay as they are.
   *
   * @param folder folder of the checkpoint's iteration
   * @param rank rank among all workers
   * @throws CheckpointException if the checkpoint cannot be loaded
   */
  public static void loadBase(Path folder, TrainableModel model, ParallelModel parallel, int rank) {
    Loader.ofBase(StoredRun.open(folder), model, parallel, rank).load(Optional.empty(), false);
  }

  /**
   * {@inheritDoc}
   *
   * @throws CheckpointException if the checkpoint cannot be loaded; on ranks that could do so, a
   *     {@link CollectiveException}
   */
  @Override
  public TrainPosition restore(TrainState fresh) {
    if (save.isPresent()) {
      prepare(save.get());
    }
    TrainPosition position = load.folder().isEmpty() ? fresh.position() : load(load, fresh);
    begun = position.iteration();
    kept = begun;
    return position;
  }

  private void prepare(SaveSettings to) {
    Optional<IOException> problem = Optional.empty();
    if (ranks.rank() == 0) {
      try {
        folder(to).prepare();
      } catch (IOException e) {
        problem = Optional.of(e);
      }
    }
    long state = ranks.exchange(problem.isPresent() ? FAILED : 0)[0];
    if (problem.isPresent()) {
      throw new CheckpointException(
          CheckpointException.Kind.WRITE,
          "Cannot write to the folder " + to.folder() + ": " + problem.get(),
          problem.get());
    }
    if (state == FAILED) {
      throw new CollectiveException(
          "Cannot begin: rank 0 cannot write to the folder " + to.folder());
    }
  }

  private TrainPosition load(LoadSettings from, TrainState fresh) {
    Optional<RuntimeException> problem = Optional.empty();
    TrainPosition position = fresh.position();
    try {
      position = read(from, fresh);
    } catch (RuntimeException e) {
      problem = Optional.of(e);
    }
    long[] all = ranks.exchange(problem.isPresent() ? FAILED : position.iteration());
    if (problem.isPresent()) {
      throw problem.get();
    }
    for (int rank = 0; rank < all.length; rank++) {
      if (all[rank] == FAILED) {
        throw new CollectiveException(
            "Cannot begin: rank " + rank + " cannot load checkpoint " + from.folder());
      }
    }
    return position;
  }

  private TrainPosition read(LoadSettings from, TrainState fresh) {
    DcpCheckpoint checkpoint = StoredRun.open(Path.of(from.folder()));
    StoredRun stored = StoredRun.read(checkpoint);
    Loader loader = Loader.ofRun(checkpoint, fresh, ranks.rank());
    loader.load(
        from.resumes() && from.optimizer() ? Optional.of(fresh.optimizer()) : Optional.empty(),
        from.downcast());
    if (!from.resumes()) {
      LOG.info("Begins with the weights of {}", from.folder());
      return fresh.position();
    }
    if (from.rng()) {
      loader.generator();
    }
    long consumed = stored.consumedSamples().orElse(stored.iteration() * run.globalBatchSize());
    long scheduled = consumed;
    if (!from.optimizer()) {
      LOG.warn(
          "The learning-rate schedule begins anew at iteration {}, because the optimizer's state"
              + " is not loaded",
          stored.iteration());
      scheduled = 0;
    } else if (stored.scheduler().get(StateKeys.NUM_STEPS) instanceof Number steps) {
      scheduled = steps.longValue();
    }
    LOG.info("Goes on from {} with {} samples consumed", from.folder(), consumed);
    return new TrainPosition(stored.iteration(), consumed, scheduled);
  }

  /**
   * {@inheritDoc}
   *
   * @throws CheckpointException if this rank could not write its part of a checkpoint, this one or
   *     one under way; then a {@link CollectiveException} on the other ranks
   */
  @Override
  public void afterIteration(TrainState state) {
    if (save.isEmpty()) {
      return;
    }
    long iteration = state.position().iteration();
    saver.orElseThrow().poll();
    if (iteration % save.get().interval() == 0) {
      keep(state);
    } else if (save.get().background() && iteration == begun + 1) {
      List<StatePart> parts = collect(state).parts();
      saver.orElseThrow().prepare(() -> copies.prepare(parts));
    }
  }

  /** Waits until what is being written does not depend on the values that the update changes. */
  @Override
  public void beforeUpdate() {
    saver.ifPresent(Saver::awaitCopies);
  }

  @Override
  public void atEnd(TrainState state) {
    if (save.isPresent()) {
      if (state.position().iteration() > kept) {
        keep(state);
      }
      saver.orElseThrow().finish();
    }
  }

  private void keep(TrainState state) {
    Saver writer = saver.orElseThrow();
    writer.finish();
    LocalState local = collect(state);
    boolean background = save.orElseThrow().background();
    Snapshot tensors = background ? copies.copied(local.parts()) : copies.shared(local.parts());
    kept = state.position().iteration();
    writer.begin(kept, begun, tensors, local);
    if (!background) {
      writer.finish();
    }
  }

  private LocalState collect(TrainState state) {
    return LocalState.collect(state, save.orElseThrow().contents(), ranks.rank(), run.schedule());
  }

  /** Gives up a checkpoint that is not complete. */
  @Override
  public void close() {
    saver.ifPresent(Saver::close);
    // Memory that is still being read is rather lost than freed.
    if (saver.isEmpty() || saver.get().ended()) {
      copies.close();
    }
  }
}
