package io.sparkmm.train.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultPlanTest {
  @Test
  void readsEveryKindOfFault() {
    FaultPlan plan =
        FaultPlan.parse(
            "kill(rank=1, step=7); throw(0,3); stall(rank=0, step=4, seconds=20);slow(1, ms=50);"
                + " disk_full(40); corrupt(step=20, file=.metadata); kill(0, 9, during=collective);"
                + " kill(rank=1, during=export);");

    assertThat(plan.faults())
        .containsExactly(
            new Fault.Kill(1, 7, Moment.STEP),
            new Fault.Throw(0, 3),
            new Fault.Stall(0, 4, 20),
            new Fault.Slow(1, 50),
            new Fault.DiskFull(40),
            new Fault.Corrupt(20, ".metadata"),
            new Fault.Kill(0, 9, Moment.COLLECTIVE),
            new Fault.Kill(1, 0, Moment.EXPORT));
    assertThat(plan.kills()).isTrue();
  }

  @Test
  void faultsPrintAsTheyAreRead() {
    String text =
        "kill(rank=1, step=7); kill(rank=0, step=9, during=save); kill(rank=1, during=export);"
            + " throw(rank=0, step=3); stall(rank=0, step=4, seconds=20); slow(rank=1, ms=50);"
            + " disk_full(step=40); corrupt(step=20, file=.metadata)";

    assertThat(FaultPlan.parse(text).faults())
        .extracting(Fault::text)
        .isEqualTo(List.of(text.split("; ", -1)));
  }

  @Test
  void randomKillsHitEveryStretchOnce() {
    List<Fault> kills = FaultPlan.parse("kill_random(every=100, seed=7)").resolve(2, 2000);

    assertThat(kills)
        .hasSize(20)
        .isEqualTo(FaultPlan.parse("kill_random(100, 7)").resolve(2, 2000));
    for (int i = 0; i < kills.size(); i++) {
      assertThat(kills.get(i).step()).isBetween(i * 100L + 1, i * 100L + 100);
      assertThat(kills.get(i).rank()).isBetween(0, 1);
    }
    assertThat(FaultPlan.parse("kill_random(100, 8)").resolve(2, 2000)).isNotEqualTo(kills);
  }

  @Test
  void randomKillsStayWithinTheRun() {
    assertThat(FaultPlan.parse("kill_random(every=100, seed=7)").resolve(2, 130))
        .allMatch(fault -> fault.step() <= 130);
  }

  @Test
  void anEmptyPlanIsNoPlan() {
    assertThat(FaultPlan.parse(" ; ")).isEqualTo(FaultPlan.NONE);
    assertThat(FaultPlan.NONE.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kill | a fault is a name with values in parentheses",
        "explode(1) | there is no fault of that name",
        "throw(rank=1) | step is missing",
        "kill(rank=1) | step is missing",
        "kill(rank=1, step=3, during=export) | an export has no step",
        "kill(rank=1, step=0) | step must be a whole number of at least 1",
        "kill(rank=x, step=1) | rank must be a whole number of at least 0",
        "kill(rank=1, step=1, during=lunch) | during must be one of step, collective, save, export",
        "slow(rank=1, seconds=2) | it has no value seconds",
        "slow(1, rank=2) | rank comes twice",
        "slow(1, 2, 3) | it has more than 2 values",
      })
  void namesWhatIsWrong(String text, String reason) {
    assertThatThrownBy(() -> FaultPlan.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot read '" + text + "' in the fault plan: " + reason)
        .hasMessageContaining("known are kill(rank, step, during), throw(rank, step)");
  }

  @Test
  void aRankThatThereIsNotIsRefused() {
    assertThatThrownBy(() -> FaultPlan.parse("throw(2, 1)").resolve(2, 10))
        .hasMessage(
            "Cannot use throw(rank=2, step=1): the ranks of this run are 0 to 1; correct the fault"
                + " plan");
  }
}
