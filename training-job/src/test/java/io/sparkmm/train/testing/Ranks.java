package io.sparkmm.train.testing;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.CollectivesSettings;
import io.sparkmm.train.comm.GlooCollectives;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.comm.shared.SharedMemorySettings;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.global.torch;

/**
 * Runs the ranks of a group as threads of this process, connected through Gloo on loopback, or, in
 * a {@link RankProcess}, as one process each, connected by what those were started for.
 */
public final class Ranks {
  /** What a rank does. */
  @FunctionalInterface
  public interface Work<T> {
    /** Runs on the rank's own thread. */
    T run(Collectives group) throws Exception;
  }

  /** What became of a rank: a value or what it threw. */
  public record Outcome<T>(T value, Throwable thrown) implements Serializable {}

  private Ranks() {}

  /** Runs the work on every rank and returns the values in rank order; rethrows the first error. */
  public static <T> List<T> run(int size, Work<T> work) {
    List<T> values = new ArrayList<>();
    for (Outcome<T> outcome : outcomes(size, Duration.ofSeconds(60), work)) {
      if (outcome.thrown() != null) {
        throw new AssertionError(outcome.thrown().toString(), outcome.thrown());
      }
      values.add(outcome.value());
    }
    return values;
  }

  /** Runs the work on every rank and returns what became of each. */
  public static <T> List<Outcome<T>> outcomes(int size, Duration timeout, Work<T> work) {
    Optional<RankProcess> process = RankProcess.current();
    if (process.isPresent() && size > 1) {
      return process.get().outcomes(size, timeout, work);
    }
    return threadOutcomes(size, timeout, work);
  }

  /** Name of the backend of groups with more than one rank. */
  public static String backend() {
    return RankProcess.current().map(RankProcess::backend).orElse("gloo");
  }

  /**
   * How many of so many training steps are made: all by threads. Processes, whose tests are of the
   * exchanges, make the first few: the later ones exchange the same.
   */
  public static int steps(int all) {
    return RankProcess.current().isPresent() ? Math.min(all, 6) : all;
  }

  /** Runs the work on threads of this process, with Gloo, wherever it is called. */
  public static <T> List<Outcome<T>> threadOutcomes(int size, Duration timeout, Work<T> work) {
    return threadOutcomes(size, timeout, SharedMemorySettings.of(System.getenv()), work);
  }

  /** The same with a choice of how bytes travel. */
  public static <T> List<Outcome<T>> threadOutcomes(
      int size, Duration timeout, SharedMemorySettings memory, Work<T> work) {
    int port = FreePorts.next();
    AtomicInteger next = new AtomicInteger();
    List<Outcome<T>> found =
        threads(
                size,
                () -> {
                  int rank = next.getAndIncrement();
                  try (Collectives group =
                      size == 1
                          ? new LocalCollectives()
                          : GlooCollectives.connect(settings(rank, size, port, timeout), memory)) {
                    return new Ranked<>(rank, outcomeOf(() -> work.run(group)));
                  } catch (RuntimeException problem) {
                    return new Ranked<>(rank, new Outcome<T>(null, problem));
                  }
                })
            .stream()
            .map(Outcome::value)
            .sorted(Comparator.comparingInt(Ranked::rank))
            .map(Ranked::outcome)
            .toList();
    return found;
  }

  /** Runs a task on several threads and returns what became of each. */
  public static <T> List<Outcome<T>> threads(int count, Callable<T> task) {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<Outcome<T>>> futures = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        futures.add(
            threads.submit(
                () -> {
                  torch.set_num_threads(1);
                  return outcomeOf(task);
                }));
      }
      List<Outcome<T>> outcomes = new ArrayList<>();
      for (Future<Outcome<T>> future : futures) {
        outcomes.add(future.get(180, TimeUnit.SECONDS));
      }
      return outcomes;
    } catch (InterruptedException | ExecutionException | TimeoutException problem) {
      throw new AssertionError("a rank hangs", problem);
    } finally {
      threads.shutdownNow();
    }
  }

  private record Ranked<T>(int rank, Outcome<T> outcome) {}

  private static <T> Outcome<T> outcomeOf(Callable<T> task) {
    try {
      return new Outcome<>(task.call(), null);
    } catch (Exception | AssertionError problem) {
      return new Outcome<>(null, problem);
    }
  }

  /** Settings of a rank on loopback. */
  public static CollectivesSettings settings(int rank, int size, int port, Duration timeout) {
    return new CollectivesSettings(rank, size, "127.0.0.1", port, "test", timeout, 2);
  }
}
