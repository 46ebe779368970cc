package io.sparkmm.convert.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.torch.TorchException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Right files with damage: each is refused, or read without looking outside of it. */
final class DamagedTorchFileTest {

  @TempDir private Path folder;
  private Path path;

  @BeforeEach
  void choosePath() {
    path = folder.resolve("x.pt");
  }

  private byte[] small() {
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("a", TensorSpec.of("a", DType.F32, 2, 3));
    model.put("b", TensorSpec.of("b", DType.U16, 3));
    model.put("tied", model.get("a"));
    TorchFileLayout layout = TorchFileLayout.of("x", Map.of("model", model));
    TorchFileWriter.write(path, layout, TorchFixtures::pattern);
    return TorchFixtures.bytes(path);
  }

  /** The tensors of damaged bytes; empty when they are refused. */
  private Optional<Map<String, TorchTensor>> read(byte[] bytes) {
    TorchFixtures.write(path, bytes);
    try {
      TorchFile file = TorchFile.open(path);
      Map<String, TorchTensor> tensors = file.tensors("model");
      for (TorchTensor tensor : tensors.values()) {
        TorchStorage storage = tensor.storage();
        assertThat(storage.begin()).isNotNegative();
        assertThat(storage.begin() + storage.byteSize()).isLessThanOrEqualTo(bytes.length);
        assertThat(tensor.begin()).isBetween(storage.begin(), storage.begin() + storage.byteSize());
        if (tensor.elements() <= bytes.length) {
          TorchFixtures.elements(tensor);
        }
      }
      return Optional.of(tensors);
    } catch (TorchException e) {
      assertThat(e).hasMessageStartingWith("Cannot read " + path + ": ");
      return Optional.empty();
    }
  }

  @Test
  void refusesAFileCutAnywhere() {
    byte[] bytes = small();

    for (int length = 0; length < bytes.length; length++) {
      assertThat(read(Arrays.copyOf(bytes, length))).as("cut to %d", length).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"types.pt", "views.pt", "run.pt"})
  void refusesAGoldenFileCutAnywhere(String name) {
    byte[] bytes = TorchFixtures.bytes(TorchFixtures.golden(name));

    for (int length = 0; length < bytes.length; length += 256) {
      assertThat(read(Arrays.copyOf(bytes, length))).as("cut to %d", length).isEmpty();
    }
  }

  @Test
  @Tag("slow")
  void anyChangedBitIsNoticedOrChangesNoTensor() throws IOException {
    byte[] bytes = small();
    Map<String, TorchTensor> right = TorchFile.open(path).tensors("model");

    int refused = 0;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      for (int bit = 0; bit < bytes.length * 8; bit++) {
        byte damaged = (byte) (bytes[bit / 8] ^ 1 << bit % 8);
        channel.write(ByteBuffer.wrap(new byte[] {damaged}), bit / 8);
        try {
          assertThat(TorchFile.open(path).tensors("model")).isEqualTo(right);
        } catch (TorchException e) {
          refused++;
        }
        channel.write(ByteBuffer.wrap(bytes, bit / 8, 1), bit / 8);
      }
    }
    assertThat(refused).isGreaterThan(bytes.length);
  }

  /** With the checksum of the pickle left out, nothing but the reader stands guard. */
  @ParameterizedTest
  @ValueSource(strings = {"types.pt", "views.pt", "run.pt", "written.pt"})
  void damageToThePickleIsNoticedOrStaysInBounds(String name) {
    byte[] bytes = TorchFixtures.bytes(TorchFixtures.golden(name));
    int directory = directoryAt(bytes, (byte) 'P', (byte) 'K', (byte) 1, (byte) 2);
    Arrays.fill(bytes, directory + 16, directory + 20, (byte) 0);
    int pickleBytes = RawZip.buffer(4).put(bytes, directory + 20, 4).getInt(0);
    int descriptor = 64 + pickleBytes;
    Arrays.fill(bytes, descriptor + 4, descriptor + 8, (byte) 0);
    assertThat(read(bytes)).isPresent();
    Random random = new Random(1);

    for (int i = 0; i < 400; i++) {
      byte[] damaged = bytes.clone();
      for (int change = random.nextInt(3); change >= 0; change--) {
        damaged[64 + random.nextInt(pickleBytes)] = (byte) random.nextInt(256);
      }
      read(damaged);
    }
  }

  /** The first signature of the directory, searched from its end. */
  private static int directoryAt(byte[] bytes, byte... part) {
    int found = -1;
    for (int at = bytes.length - part.length; at >= 0; at--) {
      if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
        found = at;
      }
    }
    return found;
  }

  @Test
  void noticesAChangedWeightWhenAsked() {
    byte[] bytes = small();
    TorchTensor tensor = TorchFile.open(path).tensors("model").get("a");
    bytes[(int) tensor.begin() + 5] ^= 1;
    TorchFixtures.write(path, bytes);

    TorchFile file = TorchFile.open(path);

    assertThatThrownBy(file::verify)
        .isInstanceOfSatisfying(
            TorchException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CHECKSUM))
        .hasMessageContaining("record x/data/0 has checksum");
  }
}
