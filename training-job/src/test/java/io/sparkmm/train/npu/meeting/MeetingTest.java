package io.sparkmm.train.npu.meeting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.CollectivesSettings;
import io.sparkmm.train.testing.FreePorts;
import io.sparkmm.train.testing.Ranks;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MeetingTest {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final Duration SHORT = Duration.ofSeconds(4);
  private static final int[] THREE = {0, 1, 2};

  @Test
  void recordsReachEveryMember() {
    List<Ranks.Outcome<byte[]>> outcomes =
        meet(
            3,
            rank -> member(rank, rank),
            meeting -> {
              meeting.put("root", new byte[4108]);
              byte[] bytes = meeting.get("root", LONG);
              meeting.close();
              return bytes;
            });

    assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.value()).hasSize(4108));
  }

  @Test
  void missingRanksAreNamed() {
    int port = FreePorts.next();
    AtomicInteger next = new AtomicInteger();
    List<Ranks.Outcome<Meeting>> outcomes =
        Ranks.threads(
            2,
            () -> {
              int rank = 2 * next.getAndIncrement();
              return Meeting.join(Ranks.settings(rank, 4, port, SHORT), member(rank, rank));
            });

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("Cannot meet 4 workers at 127.0.0.1:" + port)
                    .hasMessageEndingWith("within 4000 ms: missing rank 1, rank 3"));
  }

  @Test
  void twoWorkersWithOneCardAreRefused() {
    List<Ranks.Outcome<String>> outcomes =
        meet(3, rank -> member(rank, rank == 2 ? 0 : rank), meeting -> "in");

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .hasMessageContaining("ranks 0 and 2 both use npu 0 of here")
                    .hasMessageContaining("spark.task.resource.npu.amount=1"));
  }

  @Test
  void differentChipsAndVariablesAreRefusedInOneMessage() {
    List<Ranks.Outcome<String>> outcomes =
        meet(
            2,
            rank ->
                new Member(
                    rank,
                    "here",
                    rank,
                    rank == 0 ? "Ascend910B3" : "Ascend910A",
                    rank == 0 ? Map.of() : Map.of("HCCL_BUFFSIZE", "64")),
            meeting -> "in");

    assertThat(outcomes.get(1).thrown())
        .hasMessageContaining("rank 0 has Ascend910B3, rank 1 has Ascend910A")
        .hasMessageContaining(
            "HCCL_BUFFSIZE is not set on rank 0 and 64 on rank 1: set it alike everywhere");
  }

  @Test
  void workerOfAnotherAttemptIsSentAway() {
    int port = FreePorts.next();
    AtomicInteger next = new AtomicInteger();
    List<Ranks.Outcome<Meeting>> outcomes =
        Ranks.threads(
            2,
            () -> {
              int rank = next.getAndIncrement();
              CollectivesSettings settings =
                  new CollectivesSettings(rank, 2, "127.0.0.1", port, "attempt-" + rank, SHORT, 1);
              return Meeting.join(settings, member(rank, rank));
            });

    assertThat(outcomes.stream().map(outcome -> outcome.thrown().getMessage()))
        .anySatisfy(
            message ->
                assertThat(message).contains("rank 0 belongs to attempt attempt-0, not attempt-1"))
        .anySatisfy(message -> assertThat(message).contains("missing rank 1"));
  }

  @Test
  void takenPortIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
      int port = taken.getLocalPort();

      assertThatThrownBy(() -> Meeting.join(Ranks.settings(0, 2, port, SHORT), member(0, 0)))
          .isInstanceOf(CollectiveException.class)
          .hasMessage(
              "Cannot listen on 127.0.0.1:%1$d: another program uses port %1$d; choose another"
                  + " port or end that program",
              port);
    }
  }

  @Test
  void lateRanksAreNamedWithWhatTheyDidLast() {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(2);
    List<Ranks.Outcome<String>> outcomes =
        meetRanked(
            3,
            (meeting, rank) -> {
              meeting.started("all", rank == 1 ? 4 : 5, "all-gather");
              started.countDown();
              String late = "";
              if (rank == 2) {
                await(started);
                late = meeting.late("all", 5, THREE);
                asked.countDown();
              }
              await(asked);
              meeting.close();
              return late;
            });

    assertThat(outcomes.get(2).value())
        .isEqualTo("rank 1 has not come to it (its last one here was number 4: all-gather)");
  }

  @Test
  void lostAndLeavingMembersAreTold() {
    CountDownLatch over = new CountDownLatch(1);
    List<Ranks.Outcome<String>> outcomes =
        meetRanked(
            3,
            (meeting, rank) -> {
              meeting.started("all", 7, "barrier");
              if (rank == 1) {
                meeting.close();
                await(over);
                return "";
              }
              if (rank == 2) {
                meeting.giveUp("out of memory");
                await(over);
                meeting.close();
                return "";
              }
              while (meeting.lost("all", 8, new int[] {1}).isEmpty()
                  || meeting.lost("all", 7, new int[] {2}).isEmpty()) {
                Thread.onSpinWait();
              }
              String found =
                  meeting.lost("all", 7, new int[] {1})
                      + " "
                      + meeting.lost("all", 8, new int[] {1}).orElseThrow()
                      + "; "
                      + meeting.lost("all", 7, new int[] {2}).orElseThrow();
              over.countDown();
              meeting.close();
              return found;
            });

    assertThat(outcomes.get(0).value())
        .isEqualTo(
            "Optional.empty rank 1 is gone: it closed its group; rank 2 is gone: it gave up: out of"
                + " memory");
  }

  private interface Ranked<T> {
    T run(Meeting meeting, int rank);
  }

  private static <T> List<Ranks.Outcome<T>> meet(
      int size, IntFunction<Member> members, Function<Meeting, T> work) {
    int port = FreePorts.next();
    AtomicInteger next = new AtomicInteger();
    return Ranks.threads(
        size,
        () -> {
          int rank = next.getAndIncrement();
          return work.apply(
              Meeting.join(Ranks.settings(rank, size, port, LONG), members.apply(rank)));
        });
  }

  /** Outcomes in rank order. */
  private static <T> List<Ranks.Outcome<T>> meetRanked(int size, Ranked<T> work) {
    int port = FreePorts.next();
    AtomicInteger next = new AtomicInteger();
    Map<Integer, Ranks.Outcome<T>> byRank = new ConcurrentSkipListMap<>();
    Ranks.threads(
            size,
            () -> {
              int rank = next.getAndIncrement();
              Meeting meeting =
                  Meeting.join(Ranks.settings(rank, size, port, LONG), member(rank, rank));
              byRank.put(rank, new Ranks.Outcome<>(work.run(meeting, rank), null));
              return true;
            })
        .forEach(outcome -> assertThat(outcome.thrown()).isNull());
    return List.copyOf(byRank.values());
  }

  private static Member member(int rank, int device) {
    return new Member(rank, "here", device, "Ascend910B3", Map.of());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException problem) {
      throw new IllegalStateException(problem);
    }
  }
}
