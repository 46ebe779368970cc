package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.npu.standin.StandInReport;
import io.sparkmm.train.testing.RankProcesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HCCL's groups over the stand-in: types, parts of different sizes, and what goes wrong. */
@Tag("slow")
class HcclFailureTest {
  private static final String CASES = HcclCases.class.getName();
  private static final String SILENT = "silentPeerIsNamed";
  private static final String ABORTED = "abortFromAnotherThreadEndsTheWaitAndIsTold";
  private static final String KILLED = "peerWhoseProcessEndsIsNoticedBeforeTheTimeout";

  @ParameterizedTest
  @ValueSource(strings = {"910", "910B", "A3", "950"})
  void typesFollowTheRulesOfTheChip(String chip) {
    StandInRanks ranks = StandInRanks.of("hccl-types-" + chip).with("STANDIN_SOC", chip);

    RankProcesses.Result result =
        ranks.processes(3).run(CASES, "!" + SILENT, "!" + ABORTED, "!" + KILLED);

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isEqualTo(5);
    assertThat(ranks.report().entries()).isEmpty();
  }

  /** What hangs cannot be freed: the stand-in has nothing else to complain about. */
  @ParameterizedTest
  @ValueSource(strings = {SILENT, ABORTED})
  void ranksThatDoNotComeAreNamed(String test) {
    StandInRanks ranks = StandInRanks.of("hccl-" + test);

    RankProcesses.Result result = ranks.processes(2).run(CASES + "#" + test);

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isEqualTo(1);
    assertThat(ranks.report().violations()).extracting(StandInReport.Entry::check).containsOnly(26);
  }

  @Test
  void rankTableFileTakesThePlaceOfRootInfo(@TempDir Path folder) throws IOException {
    Path table = folder.resolve("hccl.json");
    Files.writeString(
        table,
        """
        {"status": "completed", "version": "1.0", "server_count": "1", "server_list": [
          {"server_id": "here", "device": [
            {"device_id": "0", "device_ip": "192.168.1.8", "rank_id": "0"},
            {"device_id": "1", "device_ip": "192.168.1.9", "rank_id": "1"}]}]}
        """);
    StandInRanks ranks =
        StandInRanks.of("hccl-rank-table").with(HcclProvider.RANK_TABLE, table.toString());

    RankProcesses.Result result =
        ranks.processes(2).run(CASES + "#operationsUnderWayAreAwaitedInAnyOrder");

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isEqualTo(1);
    assertThat(ranks.report().entries()).isEmpty();
  }

  @Test
  void peerWhoseProcessEndsIsNoticedBeforeTheTimeout() {
    StandInRanks ranks = StandInRanks.of("hccl-killed");
    RankProcesses processes = ranks.processes(2).within(Duration.ofSeconds(60));

    assertThatThrownBy(() -> processes.run(CASES + "#" + KILLED))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(
            "NOTICED Cannot all-reduce on rank 0 of 2 (hccl, timeout 100000 ms, operation 3, 4"
                + " FP32): ")
        .hasMessageContaining("rank 1 is gone: its process is gone after ");
  }
}
