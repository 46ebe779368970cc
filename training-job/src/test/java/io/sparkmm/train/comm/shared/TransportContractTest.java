package io.sparkmm.train.comm.shared;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.RankProcesses;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every backend has to do, done by Gloo in a process for each rank. */
@Tag("slow")
class TransportContractTest {
  @TempDir private Path folder;

  private RankProcesses.Result run(String transport, String... tests) {
    return new RankProcesses("gloo", 4, folder, Map.of(SharedMemorySettings.VARIABLE, transport))
        .run(tests);
  }

  @Test
  void keepsTheContractOfCollectivesBetweenProcesses() {
    RankProcesses.Result result =
        run(
            "auto",
            "io.sparkmm.train.comm.CollectivesContractTest",
            SharedMemoryEquivalenceTest.class.getName());

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isGreaterThanOrEqualTo(111);
  }

  @Test
  void socketsCanBeAskedFor() {
    RankProcesses.Result result =
        run(
            SharedMemorySettings.SOCKETS,
            SharedMemoryEquivalenceTest.class.getName() + "#bytesTravelAsTheEnvironmentAsks");

    assertThat(result.failures()).isEmpty();
    assertThat(result.succeeded()).isEqualTo(1);
  }
}
