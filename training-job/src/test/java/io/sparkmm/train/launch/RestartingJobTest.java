package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkmm.train.checkpoint.CheckpointException;
import io.sparkmm.train.loop.TrainingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attempts in threads of one process. */
class RestartingJobTest {
  private static JavaSparkContext spark;

  /** What the workers see; they share this JVM. */
  private static final AtomicInteger KEPT = new AtomicInteger();

  private final List<Restart> restarts = new ArrayList<>();
  private final List<Long> starts = new ArrayList<>();

  @BeforeAll
  static void start() {
    spark = TestSpark.start("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @BeforeEach
  void nothingIsKept() {
    KEPT.set(0);
  }

  @Test
  void goesOnFromWhatWasKept() {
    List<Integer> results =
        run(
            3,
            (attempt, from) ->
                context -> {
                  if (attempt == 1) {
                    KEPT.set(40);
                    return failOn(context, 1, "power cut");
                  }
                  return context.place().rank();
                });

    assertThat(results).containsExactly(0, 1);
    assertThat(starts).containsExactly(0L, 40L);
    assertThat(restarts).hasSize(1);
    assertThat(restarts.get(0).line())
        .matches(
            "attempt 2 goes on from iteration 40 after: rank 1 on host \\S+ \\(executor driver\\)"
                + " failed in iteration 7: java.lang.IllegalStateException: power cut");
  }

  @Test
  void startsFromTheBeginningWhenNothingWasKept() {
    run(3, (attempt, from) -> context -> attempt == 1 ? failOn(context, 0, "power cut") : 0);

    assertThat(starts).containsExactly(0L, 0L);
    assertThat(restarts.get(0).line())
        .startsWith(
            "attempt 2 starts from the beginning, since there is no complete checkpoint, after: ");
  }

  @Test
  void restartsCountFromTheLastProgress() {
    run(
        1,
        (attempt, from) ->
            context -> {
              if (attempt < 5) {
                KEPT.set(10 * attempt);
                return failOn(context, 0, "failure " + attempt);
              }
              return 0;
            });

    assertThat(starts).containsExactly(0L, 10L, 20L, 30L, 40L);
  }

  @Test
  void endsWithTheFirstCauseAfterTooManyRestartsWithoutProgress() {
    WorkerFailedException error =
        failure(
            2, (attempt, from) -> context -> failOn(context, attempt % 2, "failure " + attempt));

    assertThat(starts).hasSize(3);
    assertThat(error)
        .hasMessageMatching(
            "Cannot go on with 2 workers: rank 1 .* failure 3 \\(failure 3 in a row: 2 restarts"
                + " \\(--max-restarts\\) brought no new checkpoint; the first of these failures"
                + " was: rank 1 .* failed in iteration 7: java.lang.IllegalStateException: failure"
                + " 1\\)");
  }

  @Test
  void theSameErrorAtTheSamePlaceIsNotTriedAThirdTime() {
    WorkerFailedException error =
        failure(3, (attempt, from) -> context -> failOn(context, 1, "bug"));

    assertThat(starts).hasSize(2);
    assertThat(error)
        .hasMessageEndingWith(
            "bug (failure 2 in a row: the same failure came again, so another attempt would not"
                + " help)");
  }

  @Test
  void errorsOfTheTrainingItselfAreNotRepeated() {
    WorkerFailedException error =
        failure(
            3,
            (attempt, from) ->
                context -> {
                  throw new TrainingException(
                      TrainingException.Kind.LOSS_NOT_FINITE, "the loss is NaN");
                });

    assertThat(starts).hasSize(1);
    assertThat(error).hasMessageEndingWith("the loss is NaN");
  }

  @Test
  void aDamagedCheckpointIsGivenUpForTheOneBefore() {
    List<Integer> results =
        run(
            3,
            (attempt, from) ->
                context -> {
                  if (attempt == 1) {
                    KEPT.set(40);
                    return failOn(context, 1, "power cut");
                  }
                  if (from == 40) {
                    throw new CheckpointException(
                        CheckpointException.Kind.DAMAGED, "tensor x of file y was damaged");
                  }
                  return 0;
                });

    assertThat(results).hasSize(2);
    assertThat(starts).containsExactly(0L, 40L, 20L);
    assertThat(restarts.get(1).line())
        .startsWith("attempt 3 goes on from iteration 20 after: ")
        .contains("tensor x of file y was damaged");
  }

  @Test
  void aDamagedCheckpointThatTheUserChoseIsRefused() {
    KEPT.set(40);
    WorkerFailedException error =
        failure(
            3,
            (attempt, from) ->
                context -> {
                  throw new CheckpointException(CheckpointException.Kind.DAMAGED, "it was damaged");
                });

    assertThat(starts).hasSize(1);
    assertThat(error).hasMessageEndingWith("it was damaged");
  }

  @Test
  void withoutRestartsTheFirstFailureCounts() {
    WorkerFailedException error =
        failure(0, (attempt, from) -> context -> failOn(context, 1, "power cut"));

    assertThat(starts).hasSize(1);
    assertThat(error).hasMessageEndingWith("power cut");
  }

  @Test
  void aStuckThreadOfTheDriverEndsTheRun() {
    Patience shortly =
        Patience.DEFAULT.withStall(Duration.ofSeconds(3)).withEnd(Duration.ofMillis(200));
    WorkerFailedException error =
        catchThrowableOfType(
            WorkerFailedException.class,
            () ->
                job(
                        3,
                        BarrierOptions.of("test", 2).withPatience(shortly),
                        (attempt, from) ->
                            context -> {
                              context.report().step(5);
                              context.report().phase("train");
                              if (context.place().rank() == 0) {
                                Thread.sleep(60_000);
                              }
                              return notInterruptible(context);
                            })
                    .run());

    assertThat(starts).hasSize(1);
    assertThat(error.kind()).isEqualTo(LaunchException.Kind.STALLED);
    assertThat(error).hasMessageContaining("no progress for").hasMessageContaining("iteration 5");
  }

  private static Integer notInterruptible(WorkerContext context) {
    while (!context.aborted()) {
      Thread.onSpinWait();
      context.report().step(5);
    }
    return 0;
  }

  private static Integer failOn(WorkerContext context, int rank, String message)
      throws InterruptedException {
    context.report().step(7);
    if (context.place().rank() == rank) {
      throw new IllegalStateException(message);
    }
    Thread.sleep(60_000);
    return 0;
  }

  /** Makes the work of an attempt. */
  private interface Work extends java.io.Serializable {
    WorkerTask<Integer> of(int attempt, long from);
  }

  private WorkerFailedException failure(int maxRestarts, Work work) {
    return catchThrowableOfType(WorkerFailedException.class, () -> run(maxRestarts, work));
  }

  private List<Integer> run(int maxRestarts, Work work) {
    return job(maxRestarts, BarrierOptions.of("test", 2), work).run();
  }

  private RestartingJob<Integer> job(int maxRestarts, BarrierOptions options, Work work) {
    return new RestartingJob<>(
        spark,
        new RestartingJob.Attempts<>() {
          @Override
          public WorkerTask<Integer> task(int attempt, long fromIteration) {
            starts.add(fromIteration);
            return work.of(attempt, fromIteration);
          }

          @Override
          public long kept() {
            return KEPT.get();
          }

          @Override
          public long giveUp(long damaged) {
            KEPT.addAndGet(-20);
            return KEPT.get();
          }
        },
        options,
        new RestartingJob.Limits(maxRestarts, Duration.ZERO),
        new ProgressListener() {
          @Override
          public void restarted(Restart restart) {
            restarts.add(restart);
          }
        });
  }
}
