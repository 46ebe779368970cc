package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each range of the reference just inside and just outside. */
class EnvironmentBoundaryTest {

  @ParameterizedTest
  @CsvSource({
    "ASCEND_SLOG_PRINT_TO_STDOUT, 0, 1",
    "ASCEND_GLOBAL_LOG_LEVEL, 0, 4",
    "TASK_QUEUE_ENABLE, 0, 2",
    "COMBINED_ENABLE, 0, 1",
    "CPU_AFFINITY_CONF, 0, 2",
    "HCCL_CONNECT_TIMEOUT, 120, 7200",
    "HCCL_EXEC_TIMEOUT, 0, 2147483647",
    "ACLNN_CACHE_LIMIT, 1, 10000000",
    "MULTI_STREAM_MEMORY_REUSE, 0, 3",
    "NPU_ASD_ENABLE, 0, 3",
    "ASCEND_LAUNCH_BLOCKING, 0, 1",
    "CUDA_DEVICE_MAX_CONNECTIONS, 1, 32",
    "CLOSE_MATMUL_K_SHIFT, 0, 1",
  })
  void rangesIncludeTheirEndsAndNothingBeyond(String name, int min, int max) {
    String range = "must be a whole number in [" + min + ", " + max + "]";

    assertThat(problems(name, Integer.toString(min))).isEmpty();
    assertThat(problems(name, Integer.toString(max))).isEmpty();
    assertThat(problems(name, " " + max + " ")).isEmpty();
    for (String value :
        List.of("" + (min - 1), "" + (max + 1L), min + ".0", "x" + max, "+" + max, "1e1", " ")) {
      assertThat(problems(name, value)).as("%s = '%s'", name, value).containsExactly(range);
    }
    assertThat(problems(name, "9999999999999")).containsExactly(range);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "True", "TRUE", "false", "False", "fAlSe", " true"})
  void parallelTokenizersAreTrueOrFalseInAnyCase(String value) {
    assertThat(problems("TOKENIZERS_PARALLELISM", value)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "yes", "on", "", "tru"})
  void parallelTokenizersAreNothingElse(String value) {
    assertThat(problems("TOKENIZERS_PARALLELISM", value)).containsExactly("must be true or false");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a:b | true",
        "a:b,c:d,e:f | true",
        "expandable_segments:True | true",
        "a:b, | false",
        ",a:b | false",
        "a: | false",
        ":b | false",
        "a:b:c | false",
        "a:b c | true",
        "a=b | false",
      })
  void allocatorSettingsAreKeysWithValues(String value, boolean accepted) {
    assertThat(problems("PYTORCH_NPU_ALLOC_CONF", value).isEmpty()).isEqualTo(accepted);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | true",
        "0,1,2,3 | true",
        "7, 3 ,5 | true",
        "0,00 | false",
        "1,01 | false",
        "0,,1 | false",
        "0,-1 | false",
        "all | false",
      })
  void devicesAreDifferentNumbers(String value, boolean accepted) {
    assertThat(problems("ASCEND_RT_VISIBLE_DEVICES", value).isEmpty()).isEqualTo(accepted);
  }

  @ParameterizedTest
  @CsvSource({"'0,1', 2, true", "'0,1,2', 2, true", "'0,1', 3, false", "0, 1, true"})
  void devicesAreAtLeastAsManyAsWorkers(String devices, String workers, boolean enough) {
    ConfigProblems problems = new ConfigProblems();
    EnvironmentSettings.validate(
        Map.of("ASCEND_RT_VISIBLE_DEVICES", devices, "NPUS_PER_NODE", workers), problems);

    assertThat(problems.problems()).hasSize(enough ? 0 : 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,npu0:0-1 | true",
        "2,npu0:0-1,npu3:7-9 | true",
        "3,npu0:0-1 | false",
        "1,npu0 | false",
        "1, | false",
        "1,cpu0:1 | false",
      })
  void affinityOfTheVendorIsPassedOnWithARemark(String value, boolean accepted) {
    ConfigProblems problems = new ConfigProblems();
    EnvironmentSettings.validate(Map.of("CPU_AFFINITY_CONF", value), problems);

    assertThat(problems.problems()).hasSize(accepted ? 0 : 1);
    assertThat(problems.warnings()).hasSize(accepted ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "2, 1", "3, 1"})
  void onlyUndocumentedStreamReuseIsRemarkedOn(String value, int remarks) {
    ConfigProblems problems = new ConfigProblems();
    EnvironmentSettings.validate(Map.of("MULTI_STREAM_MEMORY_REUSE", value), problems);

    assertThat(problems.problems()).isEmpty();
    assertThat(problems.warnings()).hasSize(remarks);
  }

  @ParameterizedTest
  @CsvSource({"68, 0", "17340, 0", "67, 1", "17341, 1", "0, 1"})
  void timesThatOldChipsDoNotTakeAreRemarkedOn(String value, int remarks) {
    ConfigProblems problems = new ConfigProblems();
    EnvironmentSettings.validate(Map.of("HCCL_EXEC_TIMEOUT", value), problems);

    assertThat(problems.problems()).isEmpty();
    assertThat(problems.warnings()).hasSize(remarks);
  }

  @Provide
  Arbitrary<Map<String, String>> environments() {
    return Arbitraries.maps(
        Arbitraries.of(EnvironmentSettings.knownNames()),
        Arbitraries.of("0", "1", "2", "3", "120", "true", "a:b", "x", "-1", "random"));
  }

  @Property(seed = "1")
  void everyVariableIsJudgedOnItsOwn(@ForAll("environments") Map<String, String> environment) {
    Map<String, List<String>> alone = new TreeMap<>();
    environment.forEach(
        (name, value) -> {
          List<String> found = problems(name, value);
          if (!found.isEmpty()) {
            alone.put(name, found);
          }
        });
    ConfigProblems together = new ConfigProblems();

    EnvironmentSettings settings = EnvironmentSettings.validate(environment, together);

    assertThat(settings.values()).isEqualTo(environment);
    List<String> named = together.problems().stream().map(ConfigProblem::key).toList();
    if (alone.isEmpty()) {
      assertThat(Set.of("ASCEND_RT_VISIBLE_DEVICES")).containsAll(named);
    } else {
      assertThat(named).containsExactlyElementsOf(alone.keySet());
    }
  }

  @Test
  void namesAreCaseSensitive() {
    assertThat(problems("npus_per_node", "x")).isEmpty();
    assertThat(EnvironmentSettings.validate(Map.of("npus_per_node", "8")).npusPerNode()).isEmpty();
  }

  @Test
  void blanksAroundNumbersDoNotCount() {
    EnvironmentSettings settings =
        EnvironmentSettings.validate(
            Map.of("NPUS_PER_NODE", " 8", "CUDA_DEVICE_MAX_CONNECTIONS", "2 "));

    assertThat(settings.npusPerNode()).hasValue(8);
    assertThat(settings.deviceMaxConnections()).hasValue(2);
  }

  private static List<String> problems(String name, String value) {
    ConfigProblems problems = new ConfigProblems();
    EnvironmentSettings.validate(Map.of(name, value), problems);
    return problems.problems().stream().map(ConfigProblem::message).toList();
  }
}
