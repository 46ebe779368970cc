package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NpuVariablesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HCCL_BUFFSIZE | 1 | 0",
        "HCCL_IF_BASE_PORT | 1024 | 1023",
        "HCCL_IF_BASE_PORT | 65520 | 65521",
        "HCCL_HOST_SOCKET_PORT_RANGE | 60000-60050,61000 | 60000..60050",
        "HCCL_NPU_SOCKET_PORT_RANGE | auto | none",
        "HCCL_OP_EXPANSION_MODE | ai_cpu | GPU",
        "HCCL_RDMA_TC | 255 | 256",
        "HCCL_RDMA_SL | 7 | 8",
        "HCCL_SOCKET_FAMILY | AF_INET6 | inet6",
        "HCCL_SOCKET_IFNAME | ^=docker0,lo | eth0 eth1",
        "HCCL_INTRA_ROCE_ENABLE | 1 | on",
        "HCCL_WHITELIST_DISABLE | 0 | 2",
        "HCCL_ENTRY_LOG_ENABLE | 1 | true",
        "HCCL_EVENT_TIMEOUT | 1868 | long",
        "ASCEND_LOG_PRINT_TO_STDOUT | 1 | 3",
      })
  void valuesThatAreNotDocumentedAreExplainedAndNotRefused(
      String name, String documented, String other) {
    assertThat(remarks(Map.of(name, documented))).isEmpty();
    assertThat(remarks(Map.of(name, other)))
        .singleElement()
        .asString()
        .startsWith(
            "environment: " + name + " = " + other + ": is outside of the documented values")
        .endsWith(NpuVariables.meaning(name).orElseThrow());
  }

  @Test
  void theOldNameOfTheLogSwitchIsRemarkedOnAlone() {
    assertThat(remarks(Map.of("ASCEND_SLOG_PRINT_TO_STDOUT", "1")))
        .containsExactly(
            "environment: ASCEND_SLOG_PRINT_TO_STDOUT = 1: is the old name; newer releases of CANN"
                + " read ASCEND_LOG_PRINT_TO_STDOUT: set both");
    assertThat(
            remarks(Map.of("ASCEND_SLOG_PRINT_TO_STDOUT", "1", "ASCEND_LOG_PRINT_TO_STDOUT", "1")))
        .isEmpty();
  }

  @Test
  void namesAreInOrderAndHaveAMeaning() {
    assertThat(NpuVariables.names())
        .isSorted()
        .doesNotHaveDuplicates()
        .doesNotContainAnyElementsOf(EnvironmentSettings.knownNames())
        .allSatisfy(name -> assertThat(NpuVariables.meaning(name)).isPresent());
  }

  @Test
  void whatBelongsToOneHostIsNotShared() {
    Map<String, String> environment =
        Map.of(
            "ASCEND_HOME_PATH", "/opt/cann",
            "ASCEND_RT_VISIBLE_DEVICES", "0,1",
            "ASCEND_GLOBAL_LOG_LEVEL", "3",
            "HCCL_IF_IP", "10.0.0.1",
            "HCCL_BUFFSIZE", "300",
            "TASK_QUEUE_ENABLE", "2",
            "PATH", "/bin");

    assertThat(NpuVariables.shared(environment).keySet())
        .containsExactly("ASCEND_GLOBAL_LOG_LEVEL", "HCCL_BUFFSIZE", "TASK_QUEUE_ENABLE");
    assertThat(NpuVariables.uniform(environment))
        .containsExactly(Map.entry("HCCL_BUFFSIZE", "300"));
  }

  private static List<String> remarks(Map<String, String> environment) {
    ConfigProblems problems = new ConfigProblems();
    EnvironmentSettings.validate(environment, problems);
    assertThat(problems.problems()).isEmpty();
    return problems.warnings().stream().map(ConfigProblem::toString).toList();
  }
}
