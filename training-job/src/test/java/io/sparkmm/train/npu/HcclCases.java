package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/**
 * What HCCL's groups do besides the contract of all collectives. Runs in the processes that {@link
 * HcclFailureTest} starts, so it has no name by which it would be found.
 */
class HcclCases {
  private static final Duration SHORT = Duration.ofSeconds(3);

  @Test
  void typesThatHcclDoesNotAddAreAddedAllTheSame() {
    for (ScalarType type :
        List.of(ScalarType.Long, ScalarType.Int, ScalarType.Byte, ScalarType.Double)) {
      List<double[]> results =
          Ranks.run(
              3,
              group -> {
                try (TensorScope scope = TensorScope.open()) {
                  Tensor sum = Tensors.of(type, group.rank(), 7);
                  group.allReduce(sum, Reduction.SUM).await();
                  Tensor part = Tensors.of(type, 0);
                  group
                      .reduceScatter(part, Tensors.of(type, 1, 2, 3 + group.rank()), Reduction.MAX)
                      .await();
                  return new double[] {
                    Tensors.values(sum)[0], Tensors.values(sum)[1], Tensors.values(part)[0]
                  };
                }
              });
      for (int rank = 0; rank < 3; rank++) {
        assertThat(results.get(rank))
            .as("%s", type)
            .containsExactly(3, 21, rank == 2 ? 5 : rank + 1);
      }
    }
  }

  @Test
  void truthValuesAreJoined() {
    List<double[]> results =
        Ranks.run(
            2,
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                Tensor flags = Tensors.of(ScalarType.Bool, group.rank(), 0, 1);
                group.allReduce(flags, Reduction.SUM).await();
                return Tensors.values(flags);
              }
            });

    assertThat(results).allSatisfy(flags -> assertThat(flags).containsExactly(1, 0, 1));
  }

  @Test
  void typesThatCannotBeUsedAreRefusedBeforeAnythingIsSent() {
    Ranks.run(
        2,
        group -> {
          try (TensorScope scope = TensorScope.open()) {
            Tensor complex =
                torch.zeros(new long[] {2}, new TensorOptions(ScalarType.ComplexFloat));
            assertThatThrownBy(() -> group.broadcast(complex, 0))
                .hasMessageStartingWith("Cannot broadcast ComplexFloat: HCCL on ")
                .hasMessageEndingWith("has no such type; convert it first");
            assertThatThrownBy(() -> group.allReduce(Tensors.of(ScalarType.Int, 1), Reduction.AVG))
                .hasMessage("Cannot all-reduce Int to a mean: use a floating-point type");
            group
                .allReduce(torch.zeros(new long[] {0}, new TensorOptions()), Reduction.SUM)
                .await();
          }
          return null;
        });
  }

  @Test
  void partsOfDifferentSizesAreExchanged() {
    List<double[]> results =
        Ranks.run(
            3,
            group -> {
              HcclCollectives all = (HcclCollectives) group;
              int rank = group.rank();
              // Rank r gives r + k elements of value 10 r + k to rank k.
              long[] given = {rank, rank + 1, rank + 2};
              long[] taken = {rank, rank + 1, rank + 2};
              double[] values = new double[3 * rank + 3];
              int at = 0;
              for (int to = 0; to < 3; to++) {
                for (int i = 0; i < given[to]; i++) {
                  values[at++] = 10 * rank + to;
                }
              }
              try (TensorScope scope = TensorScope.open()) {
                Tensor output = Tensors.of(ScalarType.Float, new double[3 * rank + 3]);
                all.allToAllV(output, taken, Tensors.of(ScalarType.Float, values), given).await();
                return Tensors.values(output);
              }
            });

    assertThat(results.get(0)).containsExactly(10, 20, 20);
    assertThat(results.get(1)).containsExactly(1, 11, 11, 21, 21, 21);
    assertThat(results.get(2)).containsExactly(2, 2, 12, 12, 12, 22, 22, 22, 22);
  }

  @Test
  void operationsUnderWayAreAwaitedInAnyOrder() {
    List<double[]> results =
        Ranks.run(
            2,
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                Tensor first = Tensors.of(ScalarType.Float, 1);
                Tensor second = Tensors.of(ScalarType.Float, 2);
                Collectives.Pending one = group.allReduce(first, Reduction.SUM);
                Collectives.Pending two = group.allReduce(second, Reduction.AVG);
                two.await();
                one.await();
                one.await();
                return new double[] {Tensors.values(first)[0], Tensors.values(second)[0]};
              }
            });

    assertThat(results).allSatisfy(sums -> assertThat(sums).containsExactly(2, 2));
  }

  @Test
  void silentPeerIsNamed() {
    List<Ranks.Outcome<String>> outcomes =
        Ranks.outcomes(
            2,
            SHORT,
            group -> {
              if (group.rank() == 1) {
                awaitEnd("silent");
                return "";
              }
              try (TensorScope scope = TensorScope.open()) {
                return message(() -> group.allReduce(torch.ones(1), Reduction.SUM).await());
              } finally {
                tellEnd("silent");
              }
            });

    assertThat(outcomes.get(0).value())
        .isEqualTo(
            "Cannot all-reduce on rank 0 of 2 (hccl, timeout 3000 ms, operation 3, 1 FP32): rank 1"
                + " has not come to it (its last one here was number 2: all-reduce of 1 INT32)");
  }

  @Test
  void abortFromAnotherThreadEndsTheWaitAndIsTold() {
    List<Ranks.Outcome<String>> outcomes =
        Ranks.outcomes(
            2,
            Duration.ofSeconds(60),
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                if (group.rank() == 1) {
                  awaitEnd("aborted");
                  // The first one is what the other rank has started.
                  group.allReduce(torch.ones(1), Reduction.SUM).await();
                  return message(() -> group.allReduce(torch.ones(1), Reduction.SUM).await());
                }
                Tensor tensor = torch.ones(1);
                Collectives.Pending pending = group.allReduce(tensor, Reduction.SUM);
                new Thread(group::abort, "abort").start();
                String messages =
                    message(pending::await)
                        + "; "
                        + message(() -> group.allReduce(tensor, Reduction.SUM));
                tellEnd("aborted");
                return messages;
              }
            });

    assertThat(outcomes.get(0).value())
        .isEqualTo(
            "Cannot all-reduce on rank 0 of 2: the hccl group was aborted while waiting; Cannot"
                + " all-reduce on rank 0 of 2: the hccl group is aborted");
    assertThat(outcomes.get(1).value()).endsWith("rank 0 is gone: it gave up: it was told to stop");
  }

  @Test
  void peerWhoseProcessEndsIsNoticedBeforeTheTimeout() {
    Ranks.outcomes(
        2,
        Duration.ofSeconds(100),
        group -> {
          if (group.rank() == 1) {
            Runtime.getRuntime().halt(9);
          }
          try (TensorScope scope = TensorScope.open()) {
            long start = System.nanoTime();
            String message = message(() -> group.allReduce(torch.ones(4), Reduction.SUM).await());
            System.out.printf(
                "NOTICED %s after %d s%n", message, (System.nanoTime() - start) / 1_000_000_000);
            return message;
          }
        });
  }

  /** Tells the other process that this one is done; the group cannot tell it any more. */
  private static void tellEnd(String name) throws IOException {
    Files.createFile(sign(name));
  }

  private static void awaitEnd(String name) throws InterruptedException {
    while (!Files.exists(sign(name))) {
      Thread.sleep(50);
    }
  }

  /** A file that all processes of one run of the tests know, and those of no other run. */
  private static Path sign(String name) {
    long run = ProcessHandle.current().parent().orElseThrow().pid();
    long start =
        ProcessHandle.current()
            .parent()
            .flatMap(parent -> parent.info().startInstant())
            .map(Instant::toEpochMilli)
            .orElse(0L);
    return Path.of(System.getenv("STANDIN_REPORT")).resolveSibling(name + "-" + run + "-" + start);
  }

  private static String message(ThrowingCallable action) {
    return String.valueOf(catchThrowable(action).getMessage());
  }
}
