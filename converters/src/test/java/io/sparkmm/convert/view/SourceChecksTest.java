package io.sparkmm.convert.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.manifest.Crc32;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SourceChecksTest {

  private static final int FIRST = 100;
  private static final int LENGTH = 5000;

  @TempDir private Path folder;

  /** Two ranges with a gap between them, each with a tensor of some of its bytes. */
  private List<TensorView> views(Path file, byte[] truth) {
    return List.of(view(file, truth, "one", FIRST, LENGTH), view(file, truth, "two", 6000, 2000));
  }

  private static TensorView view(Path file, byte[] truth, String name, int begin, int length) {
    long crc32 = Crc32.of(Arrays.copyOfRange(truth, begin, begin + length));
    return TensorView.of(
        new StoredTensor(
            TensorSpec.of(name, DType.U8, length / 2),
            file,
            begin + 10L,
            List.of(1L),
            Optional.of(new StoredChecksum(begin, length, crc32))));
  }

  private static byte[] random(long seed) {
    byte[] bytes = new byte[9000];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static void readAtRandom(SourceFiles files, Path file, Random random) {
    for (int i = 0; i < 20; i++) {
      int begin = random.nextInt(8500);
      files.read(file, begin, ByteBuffer.allocateDirect(1 + random.nextInt(500)));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void soundFilePassesWhateverWasReadOfIt(long seed) throws IOException {
    byte[] truth = random(seed);
    Path file = Files.write(folder.resolve("file"), truth);
    SourceChecks checks = SourceChecks.of(views(file, truth));

    try (SourceFiles files = new SourceFiles(checks)) {
      readAtRandom(files, file, new Random(seed));

      assertThatNoException().isThrownBy(() -> checks.verify(files));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 101, 2500, 5099, 6000, 7999})
  void everyDamagedByteOfARangeIsFound(int at) throws IOException {
    byte[] truth = random(at);
    byte[] damaged = truth.clone();
    damaged[at] ^= 4;
    Path file = Files.write(folder.resolve("file"), damaged);
    SourceChecks checks = SourceChecks.of(views(file, truth));

    try (SourceFiles files = new SourceFiles(checks)) {
      readAtRandom(files, file, new Random(at));

      assertThatExceptionOfType(ConvertException.class)
          .isThrownBy(() -> checks.verify(files))
          .withMessageStartingWith(
              "Cannot read " + file + ": the bytes of tensor " + (at < 6000 ? "one" : "two"))
          .withMessageEndingWith("it was damaged");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 99, 5100, 5999, 8000})
  void bytesOutsideOfTheRangesAreNotCompared(int at) throws IOException {
    byte[] truth = random(at);
    byte[] other = truth.clone();
    other[at] ^= 4;
    Path file = Files.write(folder.resolve("file"), other);
    SourceChecks checks = SourceChecks.of(views(file, truth));

    try (SourceFiles files = new SourceFiles(checks)) {
      assertThatNoException().isThrownBy(() -> checks.verify(files));
    }
  }

  @Test
  void whatWasReadIsNotReadAgain() throws IOException {
    byte[] truth = random(9);
    Path file = Files.write(folder.resolve("file"), truth);
    SourceChecks checks = SourceChecks.of(views(file, truth));

    try (SourceFiles files = new SourceFiles(checks)) {
      files.read(file, 0, ByteBuffer.allocateDirect(9000));
      byte[] changed = truth.clone();
      Arrays.fill(changed, (byte) 0);
      Files.write(file, changed);

      assertThatNoException().isThrownBy(() -> checks.verify(files));
    }
    assertThat(Files.size(file)).isEqualTo(9000);
  }
}
