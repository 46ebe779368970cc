package io.sparkmm.convert.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class TensorViewPropertyTest {

  @Property(seed = "1", tries = 400)
  void readsWhatElementByElementMovesGive(@ForAll long seed, @ForAll @IntRange(max = 6) int changes)
      throws IOException {
    Path folder = Files.createTempDirectory("views");
    Random random = new Random(seed);
    try (SourceFiles files = new SourceFiles()) {
      RandomTensors tensors = new RandomTensors(random, folder);
      RandomTensors.Pair pair = tensors.stored(tensors.shape());
      for (int i = 0; i < changes; i++) {
        pair = tensors.changed(pair);
      }

      assertThat(pair.view().shape()).isEqualTo(pair.model().shape());
      assertThat(inChunks(pair.view(), random, files))
          .isEqualTo(pair.model().bytes(tensors.dtype()));
    } finally {
      try (Stream<Path> paths = Files.walk(folder)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** Reads all bytes in pieces of random length, into the middle of a larger buffer. */
  private static byte[] inChunks(TensorView view, Random random, SourceFiles files) {
    int element = view.dtype().byteSize();
    byte[] all = new byte[Math.toIntExact(view.byteSize())];
    int most = 1 + random.nextInt(random.nextBoolean() ? 20 : 20_000);
    int at = 0;
    while (at < all.length) {
      int count = Math.min(all.length - at, (1 + random.nextInt(most)) * element);
      ByteBuffer target = ByteBuffer.allocateDirect(count + 50);
      target.position(7).limit(7 + count);
      view.read(at, target, files);
      assertThat(target.hasRemaining()).isFalse();
      target.get(7, all, at, count);
      at += count;
    }
    return all;
  }
}
