package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.npu.host.NpuAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NpuRulesTest {
  @Test
  void differentDevicesOfOneHostGoTogether() {
    assertThatCode(
            () ->
                NpuRules.check(
                    List.of(
                        worker("a", 0, address("0", 0, 0)),
                        worker("a", 1, address("1", 0, 1)),
                        worker("b", 2, address("0", 0, 0)))))
        .doesNotThrowAnyException();
    assertThatCode(() -> NpuRules.check(List.of(facts("a", 0, Npus.NONE))))
        .doesNotThrowAnyException();
  }

  @Test
  void oneDeviceForTwoWorkersIsToldOf() {
    assertThatThrownBy(
            () ->
                NpuRules.check(
                    List.of(
                        worker("a", 0, address("0", 0, 4)), worker("a", 1, address("1", 0, 4)))))
        .isInstanceOf(LaunchException.class)
        .hasMessage(
            "Cannot use the NPUs of this application: the worker of partition 0 (executor e0 on a)"
                + " and the worker of partition 1 (executor e1 on a) got the same device, NPU 1,"
                + " npu:0 in its process, physical 4 of host a: Spark's workers on one host must list"
                + " different devices (ASCEND_RT_VISIBLE_DEVICES of each), and under YARN the"
                + " discovery script must lease them (SPARKMM_NPU_LEASE=1)");
  }

  @Test
  void aWorkerWithoutDeviceIsToldOf() {
    assertThatThrownBy(() -> NpuRules.check(List.of(worker("a", 0))))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("Spark gave no NPU to the worker of partition 0 (executor e0 on a)")
        .hasMessageContaining("spark.task.resource.<name>.amount");
  }

  @Test
  void aWorkerWithTwoDevicesIsToldOf() {
    assertThatThrownBy(
            () -> NpuRules.check(List.of(worker("a", 0, address("0", 0, 0), address("1", 1, 1)))))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("Spark gave 2 NPUs to the worker of partition 0")
        .hasMessageContaining("set spark.task.resource.<name>.amount to 1");
  }

  @Test
  void differentVersionsAndVariablesAreToldOfWithTheirHosts() {
    Map<String, String> left = Map.of("the version of CANN", "8.5.0", "HCCL_BUFFSIZE", "200");
    Map<String, String> right = Map.of("the version of CANN", "8.5.0");

    assertThatThrownBy(
            () ->
                NpuRules.check(
                    List.of(with("a", 0, left), with("b", 1, right), with("b", 2, right))))
        .isInstanceOf(LaunchException.class)
        .hasMessage(
            "Cannot use the NPUs of this application: HCCL_BUFFSIZE differs between the workers: 200"
                + " on a (executor e0); not set on b (executor e1), b (executor e2). Make it alike on"
                + " all hosts, with spark.executorEnv.HCCL_BUFFSIZE");
    assertThatThrownBy(
            () ->
                NpuRules.check(
                    List.of(
                        with("a", 0, Map.of("the version of CANN", "8.3.RC1")),
                        with("b", 1, right))))
        .hasMessageContaining(
            "the version of CANN differs between the workers: 8.3.RC1 on a (executor e0); 8.5.0 on b"
                + " (executor e1). Make it alike on all hosts");
  }

  @Test
  void ranksFollowHostThenDevice() {
    List<Rendezvous.Facts> facts =
        List.of(
            worker("b", 0, address("0", 0, 0)),
            worker("a", 1, address("10", 10, 10)),
            worker("a", 2, address("2", 2, 2)));

    assertThat(facts)
        .extracting(each -> Rendezvous.place(facts, each.partition(), "g").rank())
        .containsExactly(2, 1, 0);
    assertThat(Rendezvous.place(facts, 1, "g").devices()).containsExactly(address("10", 10, 10));
  }

  private static Rendezvous.Facts worker(String host, int partition, NpuAddress... addresses) {
    return facts(host, partition, new Npus(true, List.of(addresses), Map.of()));
  }

  private static Rendezvous.Facts with(String host, int partition, Map<String, String> traits) {
    return facts(
        host,
        partition,
        new Npus(
            true, List.of(address(Integer.toString(partition), partition, partition)), traits));
  }

  private static Rendezvous.Facts facts(String host, int partition, Npus npus) {
    return new Rendezvous.Facts(host, "e" + partition, partition, 1000 + partition, 1, npus);
  }

  private static NpuAddress address(String address, int index, int physical) {
    return new NpuAddress(address, index, physical);
  }
}
