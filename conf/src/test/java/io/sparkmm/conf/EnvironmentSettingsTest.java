package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvironmentSettingsTest {

  @Test
  void nothingSetIsNoProblem() {
    EnvironmentSettings settings = EnvironmentSettings.validate(Map.of());

    assertThat(settings.values()).isEmpty();
    assertThat(settings.npusPerNode()).isEmpty();
    assertThat(settings.deviceMaxConnections()).isEmpty();
  }

  @Test
  void keepsTheKnownVariablesOnly() {
    EnvironmentSettings settings =
        EnvironmentSettings.validate(
            Map.of("PATH", "/bin", "NPUS_PER_NODE", "8", "HCCL_CONNECT_TIMEOUT", "1200"));

    assertThat(settings.values())
        .containsExactly(
            Map.entry("HCCL_CONNECT_TIMEOUT", "1200"), Map.entry("NPUS_PER_NODE", "8"));
    assertThat(settings.npusPerNode()).hasValue(8);
  }

  @Test
  void takesTheValuesOfThePublishedScripts() {
    Map<String, String> script =
        Map.ofEntries(
            Map.entry("ASCEND_SLOG_PRINT_TO_STDOUT", "0"),
            Map.entry("ASCEND_GLOBAL_LOG_LEVEL", "3"),
            Map.entry("TASK_QUEUE_ENABLE", "2"),
            Map.entry("COMBINED_ENABLE", "1"),
            Map.entry("CPU_AFFINITY_CONF", "1"),
            Map.entry("HCCL_CONNECT_TIMEOUT", "1200"),
            Map.entry("PYTORCH_NPU_ALLOC_CONF", "expandable_segments:True"),
            Map.entry("ACLNN_CACHE_LIMIT", "100000"),
            Map.entry("TOKENIZERS_PARALLELISM", "false"),
            Map.entry("MULTI_STREAM_MEMORY_REUSE", "1"),
            Map.entry("NPU_ASD_ENABLE", "0"),
            Map.entry("ASCEND_LAUNCH_BLOCKING", "0"),
            Map.entry("NPUS_PER_NODE", "16"),
            Map.entry("CUDA_DEVICE_MAX_CONNECTIONS", "2"));

    assertThat(EnvironmentSettings.validate(script).values()).hasSize(script.size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ASCEND_SLOG_PRINT_TO_STDOUT | 0 | 1",
        "ASCEND_GLOBAL_LOG_LEVEL | 0 | 4",
        "TASK_QUEUE_ENABLE | 0 | 2",
        "COMBINED_ENABLE | 0 | 1",
        "CPU_AFFINITY_CONF | 0 | 2",
        "HCCL_CONNECT_TIMEOUT | 120 | 7200",
        "HCCL_EXEC_TIMEOUT | 0 | 2147483647",
        "PYTORCH_NPU_ALLOC_CONF | a:b | max_split_size_mb:50,expandable_segments:True",
        "ACLNN_CACHE_LIMIT | 1 | 10000000",
        "TOKENIZERS_PARALLELISM | False | TRUE",
        "MULTI_STREAM_MEMORY_REUSE | 0 | 3",
        "NPU_ASD_ENABLE | 0 | 3",
        "ASCEND_LAUNCH_BLOCKING | 0 | 1",
        "NPUS_PER_NODE | 1 | 64",
        "CUDA_DEVICE_MAX_CONNECTIONS | 1 | 32",
        "HCCL_DETERMINISTIC | true | strict",
        "CLOSE_MATMUL_K_SHIFT | 0 | 1",
        "PYTHONHASHSEED | random | 42",
        "SPARKMM_GLOO_TRANSPORT | auto | sockets",
        "ASCEND_RT_VISIBLE_DEVICES | 0 | 3,1,2",
      })
  void takesBothEndsOfTheRange(String name, String low, String high) {
    assertThat(EnvironmentSettings.validate(Map.of(name, low)).values()).containsEntry(name, low);
    assertThat(EnvironmentSettings.validate(Map.of(name, high)).values()).containsEntry(name, high);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ASCEND_SLOG_PRINT_TO_STDOUT | 2 | a whole number in [0, 1]",
        "ASCEND_GLOBAL_LOG_LEVEL | 5 | a whole number in [0, 4]",
        "TASK_QUEUE_ENABLE | 3 | a whole number in [0, 2]",
        "COMBINED_ENABLE | yes | a whole number in [0, 1]",
        "CPU_AFFINITY_CONF | 3 | a whole number in [0, 2]",
        "HCCL_CONNECT_TIMEOUT | 119 | a whole number in [120, 7200]",
        "HCCL_CONNECT_TIMEOUT | 7201 | a whole number in [120, 7200]",
        "HCCL_EXEC_TIMEOUT | -1 | a whole number in [0, 2147483647]",
        "HCCL_EXEC_TIMEOUT | 2147483648 | a whole number in [0, 2147483647]",
        "PYTORCH_NPU_ALLOC_CONF | expandable_segments | a comma separated list of key:value",
        "ACLNN_CACHE_LIMIT | 0 | a whole number in [1, 10000000]",
        "ACLNN_CACHE_LIMIT | 10000001 | a whole number in [1, 10000000]",
        "TOKENIZERS_PARALLELISM | 0 | true or false",
        "MULTI_STREAM_MEMORY_REUSE | 4 | a whole number in [0, 3]",
        "NPU_ASD_ENABLE | -1 | a whole number in [0, 3]",
        "ASCEND_LAUNCH_BLOCKING | '' | a whole number in [0, 1]",
        "NPUS_PER_NODE | 0 | a whole number in [1, 999999999]",
        "CUDA_DEVICE_MAX_CONNECTIONS | 33 | a whole number in [1, 32]",
        "HCCL_DETERMINISTIC | 1 | true, false or strict",
        "CLOSE_MATMUL_K_SHIFT | 2 | a whole number in [0, 1]",
        "PYTHONHASHSEED | seed | random or a whole number",
        "SPARKMM_GLOO_TRANSPORT | tcp | auto or sockets",
        "ASCEND_RT_VISIBLE_DEVICES | 0,0 | a comma separated list of different device numbers",
        "ASCEND_RT_VISIBLE_DEVICES | 0-3 | a comma separated list of different device numbers",
      })
  void namesVariableValueAndRange(String name, String value, String range) {
    String shown = value.isEmpty() ? "" : " = " + value;
    assertThat(problemsOf(() -> EnvironmentSettings.validate(Map.of(name, value))))
        .containsExactly("environment: " + name + shown + ": must be " + range);
  }

  @Test
  void reportsAllVariablesAtOnce() {
    assertThat(
            problemsOf(
                () ->
                    EnvironmentSettings.validate(
                        Map.of("NPU_ASD_ENABLE", "9", "HCCL_CONNECT_TIMEOUT", "9"))))
        .hasSize(2);
  }

  @Test
  void devicesMustSufficeForTheWorkersOfANode() {
    assertThat(
            problemsOf(
                () ->
                    EnvironmentSettings.validate(
                        Map.of("ASCEND_RT_VISIBLE_DEVICES", "0,1", "NPUS_PER_NODE", "4"))))
        .containsExactly(
            "environment: ASCEND_RT_VISIBLE_DEVICES = 0,1: names 2 devices, but NPUS_PER_NODE = 4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CPU_AFFINITY_CONF | 1,npu0:0-1 | is passed on as the vendor's own syntax",
        "MULTI_STREAM_MEMORY_REUSE | 2 | is outside the documented values 0 and 1; the device"
            + " runtime knows 2 and 3, too",
      })
  void remarksOnValuesBeyondTheDocument(String name, String value, String remark) {
    ConfigProblems problems = new ConfigProblems();

    EnvironmentSettings.validate(Map.of(name, value), problems);

    assertThat(problems.problems()).isEmpty();
    assertThat(problems.warnings())
        .singleElement()
        .hasToString("environment: " + name + " = " + value + ": " + remark);
  }

  @Test
  void knownNamesAreInOrder() {
    assertThat(EnvironmentSettings.knownNames()).isSorted().hasSize(20);
  }
}
