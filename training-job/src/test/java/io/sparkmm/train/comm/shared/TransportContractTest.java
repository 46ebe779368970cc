package io.sparkmm.train.comm.shared;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.RankProcesses;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every backend has to do, done by Gloo in a process for each rank, on both ways. */
@Tag("slow")
class TransportContractTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"auto", SharedMemorySettings.SOCKETS})
  void keepsTheContractOfCollectives(String transport) {
    RankProcesses processes =
        new RankProcesses("gloo", 4, folder, Map.of(SharedMemorySettings.VARIABLE, transport));

    RankProcesses.Result result =
        processes.run(
            "io.sparkmm.train.comm.CollectivesContractTest",
            SharedMemoryEquivalenceTest.class.getName());

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isGreaterThanOrEqualTo(111);
    assertThat(processes.log(0))
        .contains(transport.equals("auto") ? "shared memory (" : "sockets (rank 0: ");
  }
}
