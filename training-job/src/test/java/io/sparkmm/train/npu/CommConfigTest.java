package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CommConfigTest {
  @Test
  void fieldsThatNobodySetSaySo() {
    ByteBuffer bytes = read(CommConfig.named(""));

    assertThat(bytes.capacity()).isEqualTo(2248);
    assertThat(bytes.getLong(0)).isEqualTo(2232);
    assertThat(bytes.getInt(8)).isEqualTo(0xf0f0f0f0);
    assertThat(bytes.getInt(12)).isEqualTo(8);
    for (int offset : new int[] {24, 28, 292, 296, 316, 2228, 2240}) {
      assertThat(bytes.getInt(offset)).as("offset %d", offset).isEqualTo(-1);
    }
    assertThat(bytes.getLong(2232)).isEqualTo(16);
    assertThat(bytes.get(32)).isZero();
    assertThat(bytes.getInt(288)).isZero();
  }

  @Test
  void settingsStandInTheirFields() {
    ByteBuffer bytes =
        read(new CommConfig(OptionalInt.of(64), OptionalInt.of(1), "mesh_0", OptionalInt.of(1800)));

    assertThat(bytes.getInt(24)).isEqualTo(64);
    assertThat(bytes.getInt(28)).isEqualTo(1);
    assertThat(bytes.getInt(316)).isEqualTo(1800);
    byte[] name = new byte[7];
    bytes.get(32, name);
    assertThat(name).containsExactly('m', 'e', 's', 'h', '_', '0', 0);
  }

  @Test
  void refusesWhatTheStructCannotCarry() {
    assertThatThrownBy(() -> CommConfig.named("x".repeat(128)))
        .hasMessageContaining("is not ASCII of at most 127 bytes");
    assertThatThrownBy(() -> CommConfig.named("gr\u00fcn")).hasMessageContaining("is not ASCII");
    assertThatThrownBy(
            () -> new CommConfig(OptionalInt.of(0), OptionalInt.empty(), "", OptionalInt.empty()))
        .hasMessage("Cannot configure a communicator: its buffer has 0 MB, at least 1 is needed");
    assertThatThrownBy(
            () -> new CommConfig(OptionalInt.empty(), OptionalInt.of(3), "", OptionalInt.empty()))
        .hasMessage("Cannot configure a communicator: deterministic is 3, not 0, 1 or 2");
    assertThatThrownBy(
            () -> new CommConfig(OptionalInt.empty(), OptionalInt.empty(), "", OptionalInt.of(-1)))
        .hasMessage("Cannot configure a communicator: its timeout is -1 s");
  }

  private static ByteBuffer read(CommConfig config) {
    return ByteBuffer.wrap(config.toBytes()).order(ByteOrder.nativeOrder());
  }
}
