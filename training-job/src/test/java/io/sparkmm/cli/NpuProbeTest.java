package io.sparkmm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.cli.Finding.Level;
import io.sparkmm.train.npu.host.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NpuProbeTest {
  @TempDir private Path root;

  @Test
  void aHostWithoutNpusIsNoProblem() {
    assertThat(look(Map.of(), Optional.empty()))
        .containsExactly(Finding.ok("npu", "installation", "none (only needed for NPUs)"));
  }

  @Test
  void deviceFilesWithoutCannAreWarnedOf() throws Exception {
    Files.createFile(Files.createDirectory(root.resolve("dev")).resolve("davinci0"));

    assertThat(look(Map.of(), Optional.empty()))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.level()).isEqualTo(Level.WARNING);
              assertThat(finding.value()).contains("CANN not found").contains("device files [0]");
              assertThat(finding.remedy()).contains("source its set_env.sh");
            });
  }

  @Test
  void variablesAreShownWithWhatTheyDoAndWhatIsOdd() {
    List<Finding> findings =
        look(
            Map.of(
                "ASCEND_HOME_PATH", root.toString(),
                "HCCL_BUFFSIZE", "300",
                "HCCL_RDMA_SL", "9",
                "HCCL_CONNECT_TIMEOUT", "60"),
            Optional.empty());

    assertThat(findings)
        .extracting(Finding::name)
        .containsExactly("host", "HCCL_BUFFSIZE", "HCCL_CONNECT_TIMEOUT", "HCCL_RDMA_SL");
    assertThat(findings.get(1).value()).isEqualTo("300 (MB of a buffer of a communicator (200))");
    assertThat(findings.get(2).remedy()).isEqualTo("must be a whole number in [120, 7200]");
    assertThat(findings.get(3).remedy()).contains("is outside of the documented values");
  }

  @Test
  void theLibraryIsCheckedOnlyWithCann() {
    assertThat(look(Map.of(), Optional.of(root)))
        .last()
        .satisfies(
            finding ->
                assertThat(finding.remedy())
                    .isEqualTo("it is checked once CANN and libtorch are there"));
  }

  private List<Finding> look(Map<String, String> environment, Optional<Path> torchNpu) {
    return new NpuProbe(environment, root, torchNpu, Version.parse("2.10.0")).look();
  }
}
