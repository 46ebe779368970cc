package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpuFaultTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7 | EI0019: Failed to bind the IP port. | EI0019 | HCCL_IF_BASE_PORT",
        "7 | EI0020: bind port 16666 of the NPU failed | EI0020 | HCCL_NPU_SOCKET_PORT_RANGE=auto",
        "9 | EI0015: ranks [1] are missing | EI0015 | HCCL_SOCKET_IFNAME",
        "9 | EI0006: Getting socket times out | EI0006 | HCCL_CONNECT_TIMEOUT",
        "1 | EI0001: Environment variable HCCL_CONNECT_TIMEOUT is invalid | EI0001 | HCCL_*",
        "7 | EJ0001: Failed to initialize the HCCP process | EJ0001 | npu-smi info",
        "4 | EI0008: the versions differ | EI0008 | one CANN on every host",
        "507033 | | 507033 | npu-smi info",
        "107002 | | 107002 | one thread",
        "207004 | | 207004 | /dev/davinciN",
        "7 | | HCCL_E_UNAVAIL | HCCL_IF_BASE_PORT",
        "9 | | HCCL_E_TIMEOUT | HCCL_EXEC_TIMEOUT",
        "11 | Failed to connect | HCCL_E_TCP_CONNECT | HCCL_SOCKET_IFNAME",
      })
  void eachFaultHasItsRemedy(int code, String message, String fault, String remedy) {
    assertThat(NpuFault.explain(code, message == null ? "" : message))
        .hasValueSatisfying(
            found -> {
              assertThat(found.code()).isEqualTo(fault);
              assertThat(found.remedy()).contains(remedy);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"EI0001", "EI0003", "EI0004", "EI0005", "EI0008", "EI0014", "EI0016", "EI0017"})
  void faultsOfTheConfigurationAreNeverTriedAgain(String code) {
    assertThat(NpuFault.ofCode(code)).map(NpuFault::retry).contains(NpuFault.Retry.NEVER);
  }

  @Test
  void aCardThatIsStillHeldIsTriedAgainLater() {
    assertThat(NpuFault.explain(7, "EI0006: timeout\nEJ0001: HCCP is not ready"))
        .map(NpuFault::retry)
        .contains(NpuFault.Retry.AFTER_COOL_DOWN);
    assertThat(NpuFault.explain(507033, ""))
        .map(NpuFault::retry)
        .contains(NpuFault.Retry.AFTER_COOL_DOWN);
  }

  @Test
  void theConfigurationExplainsMoreThanWhatFollowsFromIt() {
    assertThat(NpuFault.explain(9, "EI0006: timeout\nEI0008: the versions differ"))
        .map(NpuFault::code)
        .contains("EI0008");
    assertThat(NpuFault.explain(9, "EI0015: missing\nEI0006: timeout"))
        .map(NpuFault::code)
        .contains("EI0015");
  }

  @Test
  void whatIsNotKnownIsNotExplained() {
    assertThat(NpuFault.explain(4, "EZ9999: inner error")).isEmpty();
    assertThat(NpuFault.ofCode("EI9999")).isEmpty();
  }

  @Test
  void theExceptionOfACallCarriesTitleAndRemedy() {
    NpuException error =
        new NpuException(
            new NpuException.Call(
                "HcclGetRootInfo", 7, "HCCL_E_UNAVAIL", new NpuException.Where(0, 1, "g")),
            "EI0019: bind 10.0.0.1:60000 failed");

    assertThat(error)
        .hasMessage(
            "Cannot HcclGetRootInfo on rank 0, npu:1, communicator g: HCCL_E_UNAVAIL (7): EI0019:"
                + " bind 10.0.0.1:60000 failed; a port of the host is in use: find the other job with"
                + " ss -ltnp on ports 60000 to 60031, or set HCCL_IF_BASE_PORT to the first of 32"
                + " free ports");
  }

  @Test
  void codesAreInOrderAndOnce() {
    List<String> codes = NpuFault.all().stream().map(NpuFault::code).toList();

    assertThat(codes).isSorted().doesNotHaveDuplicates().hasSizeGreaterThan(30);
    assertThat(codes)
        .contains("EI0001", "EI0009", "EI0013", "EI0020", "EJ0001", "EJ0002", "EJ0003", "EJ0004");
  }
}
