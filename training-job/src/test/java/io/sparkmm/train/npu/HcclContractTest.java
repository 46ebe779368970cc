package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.RankProcesses;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every backend has to do, done by HCCL over the stand-in, one process for each rank. */
@Tag("slow")
class HcclContractTest {
  @Test
  void keepsTheContractOfCollectives(@TempDir Path folder) {
    RankProcesses processes =
        new RankProcesses(
            "hccl",
            4,
            Path.of("target/hccl-contract"),
            Map.of(
                "ASCEND_HOME_PATH",
                Path.of("target/try").toAbsolutePath().toString(),
                "STANDIN_LOCK_DIR",
                folder.toString(),
                "STANDIN_REPORT",
                Path.of("target/hccl-contract/report.jsonl").toAbsolutePath().toString()));

    RankProcesses.Result result = processes.run("io.sparkmm.train.comm.CollectivesContractTest");

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isGreaterThan(100);
  }
}
