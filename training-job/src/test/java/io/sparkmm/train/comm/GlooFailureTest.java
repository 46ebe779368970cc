package io.sparkmm.train.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sparkmm.train.comm.shared.SharedMemorySettings;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.FreePorts;
import io.sparkmm.train.testing.Ranks;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Failures where bytes travel through shared memory; a subclass does the same with sockets. */
class GlooFailureTest {
  private static final Duration LONG = Duration.ofSeconds(100);
  private static final Duration SHORT = Duration.ofSeconds(4);

  /** How bytes travel. */
  SharedMemorySettings memory() {
    return SharedMemorySettings.AUTO;
  }

  private <T> List<Ranks.Outcome<T>> outcomes(Duration timeout, Ranks.Work<T> work) {
    return Ranks.threadOutcomes(2, timeout, memory(), work);
  }

  @Test
  @Tag("slow")
  @Timeout(90)
  void exchangesWithAnotherProcessAndNoticesItsDeathBeforeTheTimeout() throws Exception {
    int port = FreePorts.next();
    Process peer =
        PeerProcess.start(
            port, LONG, 3, memory().obstacle().isEmpty() ? "auto" : SharedMemorySettings.SOCKETS);
    try (Collectives group = GlooCollectives.connect(Ranks.settings(0, 2, port, LONG), memory());
        TensorScope scope = TensorScope.open()) {
      Tensor tensor = torch.ones(4);
      for (int i = 0; i < 3; i++) {
        group.allReduce(tensor, Collectives.Reduction.AVG).await();
      }
      peer.destroyForcibly().waitFor();

      assertThatThrownBy(() -> group.allReduce(tensor, Collectives.Reduction.AVG).await())
          .isInstanceOf(CollectiveException.class)
          .hasMessageStartingWith("Cannot all-reduce on rank 0 of 2 (gloo, timeout 100000 ms): ")
          .hasMessageNotContaining("\n")
          .hasCauseInstanceOf(RuntimeException.class);
      assertThatThrownBy(() -> group.barrier(LONG))
          .isInstanceOf(CollectiveException.class)
          .hasMessageStartingWith("Cannot barrier on rank 0 of 2");
    } finally {
      peer.destroyForcibly();
    }
  }

  @Test
  void silentPeerRunsIntoTheTimeout() {
    CountDownLatch over = new CountDownLatch(1);
    List<Ranks.Outcome<Throwable>> outcomes =
        outcomes(
            SHORT,
            group -> {
              if (group.rank() == 1) {
                over.await();
                return null;
              }
              try (TensorScope scope = TensorScope.open()) {
                return catchThrowable(
                    () -> group.allReduce(torch.ones(1), Collectives.Reduction.SUM).await());
              } finally {
                over.countDown();
              }
            });

    assertThat(outcomes.get(0).value())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Cannot all-reduce on rank 0 of 2 (gloo, timeout 4000 ms)")
        .hasMessageContaining("Timed out waiting 4000ms");
  }

  @Test
  void takenPortIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
      int port = taken.getLocalPort();

      assertThatThrownBy(() -> GlooCollectives.connect(Ranks.settings(0, 2, port, SHORT)))
          .isInstanceOf(CollectiveException.class)
          .hasMessage(
              "Cannot listen on 127.0.0.1:%1$d: another program uses port %1$d; choose another"
                  + " port or end that program",
              port);
    }
  }

  @Test
  void missingWorkerIsNoticedAtTheMeeting() {
    int port = FreePorts.next();

    assertThatThrownBy(() -> GlooCollectives.connect(Ranks.settings(0, 2, port, SHORT)))
        .isInstanceOf(CollectiveException.class)
        .hasMessageStartingWith(
            "Cannot meet 2 workers at 127.0.0.1:" + port + " as rank 0 within 4000 ms: ");
  }

  @Test
  void workersOfDifferentAttemptsDoNotMeet() {
    int port = FreePorts.next();
    AtomicInteger next = new AtomicInteger();
    List<Ranks.Outcome<Throwable>> outcomes =
        Ranks.threads(
            2,
            () -> {
              int rank = next.getAndIncrement();
              CollectivesSettings settings = Ranks.settings(rank, 2, port, SHORT);
              return catchThrowable(
                  () ->
                      GlooCollectives.connect(
                          new CollectivesSettings(
                              rank, 2, settings.host(), port, "attempt" + rank, SHORT, 2)));
            });

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.value())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("Cannot connect the group on rank"));
  }

  @Test
  void unknownHostIsNamed() {
    CollectivesSettings settings =
        new CollectivesSettings(1, 2, "no-such-host.invalid", 4000, "test", SHORT, 2);

    assertThatThrownBy(() -> GlooCollectives.connect(settings))
        .hasMessage("Cannot meet at no-such-host.invalid: the name is unknown");
  }

  @Test
  void closedGroupRefusesOperations() {
    List<Ranks.Outcome<Throwable>> outcomes =
        outcomes(
            LONG,
            group -> {
              group.barrier(LONG);
              group.close();
              try (TensorScope scope = TensorScope.open()) {
                return catchThrowable(
                    () -> group.allReduce(torch.ones(1), Collectives.Reduction.SUM));
              }
            });

    for (int rank = 0; rank < 2; rank++) {
      assertThat(outcomes.get(rank).value())
          .hasMessage("Cannot all-reduce on rank %d of 2: the gloo group is closed", rank);
    }
  }

  @Test
  @Timeout(60)
  void abortFromAnotherThreadEndsTheWait() {
    CountDownLatch over = new CountDownLatch(1);
    List<Ranks.Outcome<Throwable>> outcomes =
        outcomes(
            LONG,
            group -> {
              if (group.rank() == 1) {
                over.await();
                return null;
              }
              Thread other = new Thread(group::abort, "abort");
              try (TensorScope scope = TensorScope.open()) {
                Tensor tensor = torch.ones(1);
                Collectives.Pending pending = group.allReduce(tensor, Collectives.Reduction.SUM);
                other.start();
                Throwable thrown = catchThrowable(pending::await);
                assertThatThrownBy(() -> group.allReduce(tensor, Collectives.Reduction.SUM))
                    .hasMessage("Cannot all-reduce on rank 0 of 2: the gloo group is aborted");
                return thrown;
              } finally {
                over.countDown();
              }
            });

    assertThat(outcomes.get(0).value())
        .isInstanceOf(CollectiveException.class)
        .hasMessage("Cannot all-reduce on rank 0 of 2: the gloo group was aborted while waiting");
  }
}
