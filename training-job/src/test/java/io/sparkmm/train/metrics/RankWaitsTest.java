package io.sparkmm.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RankWaitsTest {
  @Test
  void theRankThatIsLeastInExchangesIsTheOneThatOthersWaitFor() {
    RankWaits waits = new RankWaits(3, 1);

    assertThat(waits.add(times(0, 1, 0, 30f, 40f))).isEmpty();
    assertThat(waits.add(times(1, 1, 55, 5f, 5f))).isEmpty();
    RankWaits.Interval found = waits.add(times(2, 1, 0, 25f, 45f)).orElseThrow();

    assertThat(found.firstIteration()).isEqualTo(1);
    assertThat(found.lastIteration()).isEqualTo(2);
    assertThat(found.waitedMillis()).containsExactly(60.0, 0.0, 60.0);
    assertThat(found.slowest()).containsExactly(0, 2, 0);
    assertThat(found.slowestRank()).isEqualTo(1);
    assertThat(found.waitingShare()).isCloseTo(60.0 / 200, within(1e-12));
    assertThat(found.reason()).isEqualTo("data");
    assertThat(WaitingLine.of(found, List.of("a", "b", "c")))
        .contains(
            " waiting for rank 1 (b), the slowest in 2 of iterations 1 to 2, mostly by its data;"
                + " the others waited 30 % of the time");
  }

  @Test
  void ranksThatTakeTurnsInBeingSlowAreNotCalledOut() {
    RankWaits waits = new RankWaits(2, 1);
    waits.add(times(0, 1, 0, 50f, 5f));
    RankWaits.Interval found = waits.add(times(1, 1, 0, 5f, 50f)).orElseThrow();

    assertThat(found.waitedMillis()).containsExactly(45.0, 45.0);
    assertThat(WaitingLine.of(found, List.of("a", "b"))).isEmpty();
  }

  @Test
  void smallWaitingGivesNoLine() {
    RankWaits waits = new RankWaits(2, 1);
    waits.add(times(0, 1, 0, 9f, 9f));
    RankWaits.Interval found = waits.add(times(1, 1, 0, 5f, 5f)).orElseThrow();

    assertThat(found.slowestRank()).isEqualTo(1);
    assertThat(WaitingLine.of(found, List.of("a", "b"))).isEmpty();
  }

  @Test
  void reportsOfPartsOfAnIntervalAreJoined() {
    RankWaits waits = new RankWaits(2, 1);
    waits.add(times(0, 1, 0, 10f));
    assertThat(waits.add(times(1, 1, 0, 10f, 2f, 2f))).isEmpty();
    waits.add(times(0, 2, 0, 10f));
    RankWaits.Interval found = waits.add(times(0, 3, 0, 10f)).orElseThrow();

    assertThat(found.firstIteration()).isEqualTo(1);
    assertThat(found.lastIteration()).isEqualTo(3);
    assertThat(found.waitedMillis()).containsExactly(16.0, 0.0);
    assertThat(waits.add(times(0, 4, 0, 1f))).isEmpty();
    assertThat(waits.add(times(1, 4, 0, 1f)).map(RankWaits.Interval::firstIteration)).contains(4L);
  }

  @Test
  void fewIterationsAreLookedAtTogetherUnlessTheyAreLong() {
    RankWaits waits = new RankWaits(2, 3);
    waits.add(times(0, 1, 0, 9f, 9f));
    assertThat(waits.add(times(1, 1, 0, 5f, 5f))).isEmpty();
    waits.add(times(0, 3, 0, 9f));
    assertThat(waits.add(times(1, 3, 0, 5f)).map(RankWaits.Interval::firstIteration)).contains(1L);

    TimeSplit minute = TimeSplit.ofTotal(60_000);
    waits.add(new WorkerTimes(0, 4, minute, new float[] {9}, 0));
    assertThat(waits.add(new WorkerTimes(1, 4, minute, new float[] {5}, 0))).isPresent();
  }

  @Test
  void oneRankWaitsForNobody() {
    assertThat(new RankWaits(1, 1).add(times(0, 1, 0, 1f))).isEqualTo(Optional.empty());
  }

  @Test
  void thePartsOfASplitAddUp() {
    TimeSplit split = new TimeSplit(100, 1, 2, 3, 4, 5, 6, 7, 8);

    assertThat(split.compute()).isEqualTo(8);
    assertThat(split.communication()).isEqualTo(12);
    assertThat(split.other()).isEqualTo(72);
    assertThat(split.plus(split)).isEqualTo(split.times(2));
    assertThat(split.plusSave(2).save()).isEqualTo(10);
  }

  private static WorkerTimes times(int rank, long first, double data, float... communication) {
    TimeSplit sum = new TimeSplit(100.0 * communication.length, data, 0, 10, 0, 10, 0, 1, 0);
    return new WorkerTimes(rank, first, sum, communication, 0);
  }
}
