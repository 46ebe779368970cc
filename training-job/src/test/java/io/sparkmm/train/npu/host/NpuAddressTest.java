package io.sparkmm.train.npu.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpuAddressTest {
  private static final String VISIBLE = NpuAddress.VISIBLE;

  @TempDir private Path devices;

  @Test
  void withoutVariableTheIndexIsTheLogicId() {
    assertThat(NpuAddress.resolve("3", Map.of(), devices)).isEqualTo(new NpuAddress("3", 3, 3));
    assertThat(NpuAddress.resolve("3", Map.of(), devices).describe()).isEqualTo("NPU 3");
  }

  @Test
  void theIndexIsThePlaceInTheVariable() {
    NpuAddress address = NpuAddress.resolve("5", Map.of(VISIBLE, "2,5,7"), devices);

    assertThat(address.index()).isEqualTo(1);
    assertThat(address.torchName()).isEqualTo("npu:1");
    assertThat(address.describe()).isEqualTo("NPU 5, npu:1 in its process");
  }

  @Test
  void inAContainerThePhysicalNumberIsThatOfTheDeviceFile() throws Exception {
    for (String name : new String[] {"davinci4", "davinci6", "davinci_manager", "davinci10"}) {
      Files.createFile(devices.resolve(name));
    }

    // The container got cards 4, 6 and 10, which it numbers 0, 1 and 2.
    NpuAddress address = NpuAddress.resolve("1", Map.of(VISIBLE, "1,2"), devices);

    assertThat(address).isEqualTo(new NpuAddress("1", 0, 6));
    assertThat(address.describe()).isEqualTo("NPU 1, npu:0 in its process, physical 6");
    assertThat(NpuAddress.resolve("2", Map.of(), devices).physical()).isEqualTo(10);
  }

  @Test
  void theVariableEndsAtTheFirstOddWord() {
    assertThat(NpuAddress.visible("0,2,5")).containsExactly(0, 2, 5);
    assertThat(NpuAddress.visible("0,2,1")).containsExactly(0, 2);
    assertThat(NpuAddress.visible("0,0")).containsExactly(0);
    assertThat(NpuAddress.visible("0, 1")).containsExactly(0);
    assertThat(NpuAddress.visible("")).isEmpty();
  }

  @Test
  void anAddressThatTheProcessDoesNotSeeIsToldOf() {
    assertThatThrownBy(() -> NpuAddress.resolve("3", Map.of(VISIBLE, "0,1"), devices))
        .isInstanceOf(HostException.class)
        .hasMessage(
            "Cannot use NPU 3, which Spark assigned: ASCEND_RT_VISIBLE_DEVICES = 0,1 of the executor"
                + " does not show it; set it alike for the discovery script and the executors, or"
                + " not at all");
  }

  @Test
  void anAddressThatIsNoNumberIsToldOf() {
    assertThatThrownBy(() -> NpuAddress.resolve("npu-3", Map.of(), devices))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("Cannot use NPU 'npu-3', which Spark assigned")
        .hasMessageContaining("bin/discover-npus");
  }
}
