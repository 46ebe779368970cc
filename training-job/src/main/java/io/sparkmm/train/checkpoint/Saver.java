package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpException;
import io.sparkmm.convert.dcp.DcpFile;
import io.sparkmm.convert.dcp.DcpMetadata;
import io.sparkmm.convert.dcp.DcpMetadataReader;
import io.sparkmm.convert.dcp.DcpMetadataWriter;
import io.sparkmm.convert.dcp.DcpShard;
import io.sparkmm.convert.torch.TorchException;
import io.sparkmm.train.comm.CollectiveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes checkpoints, one at a time. Every rank writes its own file into a folder that is not
 * visible yet; when all ranks are known to have done so, the first one joins what the files hold,
 * gives the folder its name and writes the tracker file.
 *
 * <p>The ranks tell each other how far they are only in calls of {@link #poll} and {@link #finish},
 * which every rank makes at the same points on the thread that owns the group; files are written on
 * a thread of their own. A failure of one rank ends those calls with an exception on every rank.
 */
final class Saver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Saver.class);
  private static final long RUNNING = 0;
  private static final long DONE = 1;
  private static final long FAILED = 2;

  /** Room for metadata, the tracker file and folders. */
  private static final long RESERVE_BYTES = 1 << 20;

  private static final double GIGABYTE = 1e9;

  /** A checkpoint that is being written. */
  private record Job(long iteration, long before, Path staging, boolean committing) {
    Job committed() {
      return new Job(iteration, before, staging, true);
    }
  }

  private final CheckpointFolder folder;
  private final FileOps files;
  private final StatusExchange ranks;
  private final String attempt;
  private final WriterThread thread;
  private Optional<Job> job = Optional.empty();
  private CountDownLatch taken = new CountDownLatch(0);

  /**
   * Makes a saver.
   *
   * @param folder where checkpoints go
   * @param attempt name that no other attempt of the same or another run has
   * @param patience longest wait for a write that is given up
   */
  Saver(
      CheckpointFolder folder,
      FileOps files,
      StatusExchange ranks,
      String attempt,
      Duration patience) {
    this.folder = folder;
    this.files = files;
    this.ranks = ranks;
    this.attempt = attempt;
    this.thread = new WriterThread("sparkmm-checkpoint-" + ranks.rank(), patience);
  }

  /** Whether a checkpoint is being written. */
  boolean busy() {
    return job.isPresent();
  }

  /**
   * Begins to write a checkpoint; no other may be under way. Every rank calls it.
   *
   * @param before iteration that the run began from
   * @param tensors this rank's large tensors; closed when they are written
   * @param others everything else that this rank has
   */
  void begin(long iteration, long before, Snapshot tensors, LocalState others) {
    Path staging = folder.staging(iteration, attempt);
    job = Optional.of(new Job(iteration, before, staging, false));
    List<DcpShard> shards = new ArrayList<>(tensors.shards());
    shards.addAll(others.small());
    DcpFile file = DcpFile.plan(DcpFile.name(ranks.rank(), 0), others.values(), shards);
    long free = usable();
    long needed = Arrays.stream(ranks.exchange(file.file().layout().size())).sum();
    CountDownLatch copied = new CountDownLatch(1);
    taken = copied;
    thread.start(
        () -> {
          try (Snapshot held = tensors) {
            held.take();
            copied.countDown();
            requireSpace(needed, free);
            write(staging, file, shards.isEmpty() && others.values().isEmpty());
          } finally {
            copied.countDown();
          }
        });
  }

  /** Waits until the tensors of the checkpoint under way are copied, if there is one. */
  void awaitCopies() {
    try {
      taken.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckpointException(
          CheckpointException.Kind.WRITE, "Cannot wait for a checkpoint: interrupted", e);
    }
  }

  /** Does something on the thread that writes; no checkpoint may be under way. */
  void prepare(Runnable action) {
    thread.start(action::run);
  }

  /** Looks how far the checkpoint under way is, without waiting for files. Every rank calls it. */
  void poll() {
    if (job.isPresent()) {
      advance();
    }
  }

  /** Waits until the checkpoint under way is complete. Every rank calls it. */
  void finish() {
    while (job.isPresent()) {
      thread.await();
      advance();
    }
  }

  private void advance() {
    Job current = job.orElseThrow();
    long[] states = ranks.exchange(state());
    if (Arrays.stream(states).anyMatch(state -> state == FAILED)) {
      giveUp(current, states);
    }
    if (Arrays.stream(states).allMatch(state -> state == DONE)) {
      if (current.committing()) {
        job = Optional.empty();
      } else {
        job = Optional.of(current.committed());
        if (ranks.rank() == 0) {
          thread.start(() -> commit(current, states.length));
        }
      }
    }
  }

  private long state() {
    if (thread.running()) {
      return RUNNING;
    }
    return thread.failure().isPresent() ? FAILED : DONE;
  }

  /** Removes the unfinished folder when no rank writes into it any more, and tells why. */
  private void giveUp(Job current, long[] states) {
    job = Optional.empty();
    thread.await();
    ranks.exchange(state());
    if (ranks.rank() == 0) {
      discard(current);
    }
    List<Integer> failed = new ArrayList<>();
    for (int rank = 0; rank < states.length; rank++) {
      if (states[rank] == FAILED) {
        failed.add(rank);
      }
    }
    String what = "Cannot save the checkpoint of iteration " + current.iteration() + " in ";
    if (thread.failure().isPresent()) {
      Throwable cause = thread.failure().get();
      throw new CheckpointException(
          CheckpointException.Kind.WRITE,
          what + folder.root() + ": " + reason(cause) + "; checkpoints before it are as they were",
          cause);
    }
    throw new CollectiveException(
        what + folder.root() + ": rank " + failed + " could not write its part");
  }

  private static String reason(Throwable cause) {
    if (cause instanceof CheckpointException || cause instanceof DcpException) {
      return cause.getMessage();
    }
    return cause instanceof TorchException
        ? cause.getMessage()
        : cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }

  private void discard(Job current) {
    try {
      folder.discard(current.staging());
    } catch (IOException e) {
      LOG.warn("Cannot remove the unfinished checkpoint {}", current.staging(), e);
    }
  }

  private long usable() {
    try {
      return Files.getFileStore(folder.root()).getUsableSpace();
    } catch (IOException e) {
      // Writing will tell what is wrong with the folder.
      LOG.debug("Cannot tell how much space is free in {}", folder.root(), e);
      return Long.MAX_VALUE;
    }
  }

  private void requireSpace(long needed, long free) {
    if (needed > free - RESERVE_BYTES) {
      throw new CheckpointException(
          CheckpointException.Kind.WRITE,
          String.format(
              Locale.ROOT,
              "%.3f GB are to be written, %.3f GB are free there",
              needed / GIGABYTE,
              free / GIGABYTE));
    }
  }

  private void write(Path staging, DcpFile file, boolean empty) throws IOException {
    files.createFolder(staging);
    DcpMetadata part = empty ? file.part() : files.writeTensors(staging, file);
    files.writeFile(part(staging, ranks.rank()), DcpMetadataWriter.write(part));
  }

  private static Path part(Path staging, int rank) {
    return staging.resolve(".part-" + rank);
  }

  private void commit(Job current, int worldSize) throws IOException {
    List<DcpMetadata> parts = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      Path file = part(current.staging(), rank);
      if (!Files.isRegularFile(file)) {
        throw new CheckpointException(
            CheckpointException.Kind.WRITE,
            "rank "
                + rank
                + " has written its part, but "
                + file
                + " is not there: --save has to be a folder that all workers share");
      }
      parts.add(DcpMetadataReader.read(Files.readAllBytes(file)));
    }
    files.writeMetadata(current.staging(), parts);
    for (int rank = 0; rank < worldSize; rank++) {
      files.delete(part(current.staging(), rank));
    }
    folder.publish(current.staging(), current.iteration(), current.before());
    LOG.info(
        "Saved the checkpoint of iteration {} in {}",
        current.iteration(),
        folder.iteration(current.iteration()));
  }

  /** Whether nothing is read or written any more, after it was closed. */
  boolean ended() {
    return thread.ended();
  }

  /** Gives up what is under way; a checkpoint that is not complete does not appear. */
  @Override
  public void close() {
    thread.close();
    if (job.isPresent() && ranks.rank() == 0) {
      discard(job.get());
    }
  }
}
