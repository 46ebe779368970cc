package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.RankProcesses;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What every backend has to do, done by HCCL over the stand-in, one process for each rank. */
@Tag("slow")
class HcclContractTest {
  @Test
  void keepsTheContractOfCollectives() {
    StandInRanks ranks = StandInRanks.of("hccl-contract");

    RankProcesses.Result result =
        ranks.processes(4).run("io.sparkmm.train.comm.CollectivesContractTest");

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isGreaterThanOrEqualTo(108);
    assertThat(ranks.report().entries()).isEmpty();
  }
}
