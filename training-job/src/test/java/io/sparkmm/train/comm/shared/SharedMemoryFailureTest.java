package io.sparkmm.train.comm.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.comm.GlooCollectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.FreePorts;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Ranks.Outcome;
import io.sparkmm.train.testing.Tensors;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SharedMemoryFailureTest {
  private static final Duration LONG = Duration.ofSeconds(100);
  private static final long ELEMENTS = 16L << 20;

  private static <T> List<Outcome<T>> outcomes(int size, Ranks.Work<T> work) {
    return Ranks.threadOutcomes(size, LONG, SharedMemorySettings.AUTO, work);
  }

  @Test
  @Tag("slow")
  @Timeout(90)
  void peerKilledInTheMiddleOfALargeGatherIsNamed() throws Exception {
    int port = FreePorts.next();
    Process peer = gatheringPeer(port);
    try (Collectives group = GlooCollectives.connect(Ranks.settings(0, 2, port, LONG));
        TensorScope scope = TensorScope.open()) {
      Tensor input = torch.ones(ELEMENTS);
      Tensor output = torch.zeros(2 * ELEMENTS);
      group.allGather(output, input).await();
      Thread killer =
          new Thread(
              () -> {
                try {
                  TimeUnit.MILLISECONDS.sleep(500);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                peer.destroyForcibly();
              });
      killer.start();

      Throwable thrown =
          catchThrowable(
              () -> {
                while (true) {
                  group.allGather(output, input).await();
                }
              });

      killer.join();
      assertThat(thrown)
          .isInstanceOf(CollectiveException.class)
          .hasMessage(
              "Cannot all-gather on rank 0 of 2 (gloo, timeout 100000 ms): rank 1 is gone: its"
                  + " process %d ended",
              peer.pid());
    } finally {
      peer.destroyForcibly();
    }
  }

  @Test
  @Timeout(60)
  void rankThatLeavesIsNamedButWhatItGaveStillCounts() {
    List<Outcome<Throwable>> outcomes =
        outcomes(
            2,
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                Tensor tensor = Tensors.of(ScalarType.Float, group.rank());
                Collectives.Pending given = group.broadcast(tensor, 1);
                if (group.rank() == 1) {
                  given.await();
                  group.close();
                  return null;
                }
                Throwable thrown =
                    catchThrowable(() -> group.allReduce(tensor, Reduction.SUM).await());
                given.await();
                assertThat(Tensors.values(tensor)).containsExactly(1);
                return thrown;
              }
            });

    assertThat(outcomes.get(0).thrown()).isNull();
    assertThat(outcomes.get(0).value())
        .hasMessageEndingWith("timeout 100000 ms): rank 1 has closed the group");
  }

  @Test
  @Timeout(60)
  void rankThatIsNotNeededAnyMoreMayLeave() {
    CountDownLatch left = new CountDownLatch(1);
    List<Outcome<double[]>> outcomes =
        outcomes(
            3,
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                Tensor tensor = Tensors.of(ScalarType.Float, group.rank() + 5.0);
                if (group.rank() == 2) {
                  group.close();
                  left.countDown();
                  return null;
                }
                left.await();
                if (group.rank() == 0) {
                  Thread.sleep(500);
                }
                group.broadcast(tensor, 0).await();
                return Tensors.values(tensor);
              }
            });

    assertThat(outcomes.get(1).thrown()).isNull();
    assertThat(outcomes.get(1).value()).containsExactly(5);
  }

  @Test
  @Timeout(60)
  void ranksThatDoDifferentThingsAreTold() {
    List<Outcome<Throwable>> outcomes =
        outcomes(
            2,
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                Tensor input = torch.ones(group.rank() == 0 ? 4 : 6);
                Tensor output = torch.zeros(2 * input.numel());
                return catchThrowable(() -> group.allGather(output, input).await());
              }
            });

    assertThat(outcomes)
        .anySatisfy(
            outcome ->
                assertThat(outcome.value())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("the ranks do different things; rank ")
                    .hasMessageContaining("all-gather of 16 bytes of Float as operation 0")
                    .hasMessageContaining("all-gather of 24 bytes of Float as operation 0"));
    assertThat(outcomes)
        .allSatisfy(outcome -> assertThat(outcome.value()).isInstanceOf(CollectiveException.class));
  }

  @Test
  @Timeout(60)
  void abortIsHeardByTheOtherRanks() {
    List<Outcome<Throwable>> outcomes =
        outcomes(
            2,
            group -> {
              if (group.rank() == 1) {
                group.abort();
                Thread.sleep(2000);
                return null;
              }
              try (TensorScope scope = TensorScope.open()) {
                return catchThrowable(() -> group.broadcast(torch.ones(1), 1).await());
              }
            });

    assertThat(outcomes.get(0).value())
        .isInstanceOf(CollectiveException.class)
        .hasMessageEndingWith("rank 1 has given up the group");
  }

  @Test
  @Timeout(60)
  void ownErrorInAnOperationDoesNotSpoilTheGroup() {
    List<Outcome<Throwable>> outcomes =
        outcomes(
            2,
            group -> {
              try (TensorScope scope = TensorScope.open()) {
                Tensor whole = torch.ones(4).to(ScalarType.Long);
                Tensor part = torch.ones(2).to(ScalarType.Long);
                Throwable thrown =
                    catchThrowable(() -> group.reduceScatter(part, whole, Reduction.AVG).await());
                Tensor tensor = Tensors.of(ScalarType.Float, 1);
                group.allReduce(tensor, Reduction.SUM).await();
                assertThat(Tensors.values(tensor)).containsExactly(2);
                return thrown;
              }
            });

    assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.thrown()).isNull());
    assertThat(outcomes)
        .allSatisfy(outcome -> assertThat(outcome.value()).hasMessageContaining("can't be cast"));
  }

  private static Process gatheringPeer(int port) throws IOException {
    return new ProcessBuilder(
            System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
            "-Xmx200m",
            "-cp",
            System.getProperty("java.class.path"),
            GatheringPeer.class.getName(),
            Integer.toString(port))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Rank 1 of two, in a process of its own, which gathers until it is ended. */
  static final class GatheringPeer {
    private GatheringPeer() {}

    /** Argument: port. */
    public static void main(String[] arguments) {
      int port = Integer.parseInt(arguments[0]);
      try (Collectives group = GlooCollectives.connect(Ranks.settings(1, 2, port, LONG));
          TensorScope scope = TensorScope.open()) {
        Tensor input = torch.ones(ELEMENTS);
        Tensor output = torch.zeros(2 * ELEMENTS);
        while (true) {
          group.allGather(output, input).await();
        }
      }
    }
  }
}
