package io.sparkmm.data.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RandomPermutationTest {
  @Test
  void equalsTheWorkedNumbers() {
    assertThat(RandomPermutation.of(10, 0)).containsExactly(4, 1, 7, 5, 3, 9, 0, 8, 6, 2);
    assertThat(RandomPermutation.of(10, 1)).containsExactly(5, 6, 1, 2, 0, 8, 9, 3, 7, 4);
    assertThat(RandomPermutation.of(5, 0)).containsExactly(4, 0, 1, 3, 2);
    assertThat(RandomPermutation.of(8, 0)).containsExactly(4, 0, 7, 3, 2, 5, 1, 6);
  }

  @Test
  void equalsPytorchForManyLengthsAndSeeds() throws IOException {
    List<String> lines = lines("randperm.csv");
    assertThat(lines).hasSize(430);
    for (String line : lines) {
      String[] cells = line.split(",", -1);
      int[] order = RandomPermutation.of(Integer.parseInt(cells[0]), Long.parseLong(cells[1]));
      assertThat(crc32(order)).as("length and seed %s", line).isEqualTo(Long.parseLong(cells[2]));
    }
  }

  @Test
  void equalsNumpyForManyLengthsAndSeeds() throws IOException {
    assertThat(NumpyPermutation.of(10, 0)).containsExactly(4, 6, 2, 7, 3, 5, 9, 0, 8, 1);
    List<String> lines = lines("numpy_permutation.csv");
    assertThat(lines).hasSize(216);
    for (String line : lines) {
      String[] cells = line.split(",", -1);
      int[] order = NumpyPermutation.of(Integer.parseInt(cells[0]), Long.parseLong(cells[1]));
      assertThat(crc32(order)).as("length and seed %s", line).isEqualTo(Long.parseLong(cells[2]));
    }
    assertThatThrownBy(() -> NumpyPermutation.of(3, -1)).hasMessageContaining("with seed -1");
  }

  @Property(seed = "1", tries = 50)
  void holdsEachNumberOnce(@ForAll @IntRange(max = 3000) int length, @ForAll long seed) {
    int[] order = RandomPermutation.of(length, seed);
    java.util.Arrays.sort(order);
    assertThat(order).isEqualTo(RandomPermutation.identity(length));
  }

  @Test
  void refusesLengthsWherePytorchChangesItsGenerator() {
    assertThatThrownBy(() -> RandomPermutation.of(214_748_364, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot permute 214748364 elements");
    assertThatThrownBy(() -> RandomPermutation.of(-1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot permute -1 elements");
  }

  private static List<String> lines(String resource) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                RandomPermutationTest.class.getResourceAsStream(resource),
                StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    }
  }

  private static long crc32(int[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(values);
    CRC32 crc = new CRC32();
    crc.update(bytes.array());
    return crc.getValue();
  }
}
