package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Random samples in shards of several row groups, read in any order. */
class ShardReaderPropertiesTest {
  private static final Configuration CONFIGURATION = new Configuration();

  /** With pictures of this size a row group of about 1 MiB holds a few samples only. */
  private static final int PICTURE_BYTES = 100_000;

  @TempDir private Path folder;

  /** A sample whose every field is drawn from its number; bytes that do not compress. */
  private static EncodedSample sample(int number, int pictureBytes) {
    Random random = new Random(number);
    int[] ids = random.ints(random.nextInt(40), 0, 152_000).toArray();
    List<LabelSpan> spans = new ArrayList<>();
    for (int start = random.nextInt(5); start + 2 < ids.length; start += 4 + random.nextInt(9)) {
      spans.add(new LabelSpan(start, start + 2));
    }
    List<EncodedImage> images = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      byte[] bytes = new byte[pictureBytes];
      random.nextBytes(bytes);
      images.add(
          new EncodedImage(
              "ordner/\u00fc " + number + "-" + i + ".png",
              i == 0 ? Optional.of(bytes) : Optional.empty(),
              1 + random.nextInt(9000),
              1 + random.nextInt(9000),
              1,
              2 + random.nextInt(50),
              2 + random.nextInt(50)));
    }
    return new EncodedSample("s#" + number, ids, spans, images);
  }

  private static String text(EncodedSample sample) {
    StringBuilder text = new StringBuilder(sample.id());
    text.append(Arrays.toString(sample.inputIds())).append(sample.labelSpans());
    for (EncodedImage image : sample.images()) {
      text.append(image.path()).append(image.height()).append(' ').append(image.width());
      text.append(' ').append(image.gridT()).append(' ').append(image.gridH());
      text.append(' ').append(image.gridW());
      text.append(image.bytes().map(Arrays::hashCode).map(String::valueOf).orElse("-"));
    }
    return text.toString();
  }

  private List<String> write(int pictureBytes, int... rows) throws IOException {
    List<List<EncodedSample>> shards = new ArrayList<>();
    int number = 0;
    for (int count : rows) {
      int first = number;
      number += count;
      shards.add(IntStream.range(first, number).mapToObj(i -> sample(i, pictureBytes)).toList());
    }
    return TestShards.write(folder, shards).stream().map(ShardReaderPropertiesTest::text).toList();
  }

  private ShardReader open(long cacheBytes) {
    return ShardReader.open(folder.toString(), Split.TRAIN, CONFIGURATION, cacheBytes);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 2", "2000, 3", "300000, 4", "268435456, 5"})
  void anyOrderGivesTheSamplesThatWereWritten(long cacheBytes, long seed) throws IOException {
    List<String> expected = write(10_000, 40, 0, 1, 0, 0, 130);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 2 * expected.size(); i++) {
      order.add(i % expected.size());
    }
    Collections.shuffle(order, new Random(seed));
    try (ShardReader reader = open(cacheBytes)) {
      assertThat(reader.size()).isEqualTo(expected.size());
      for (int index : order.subList(0, 50)) {
        assertThat(text(reader.read(index))).isEqualTo(expected.get(index));
      }
    }
  }

  @Test
  void readingFromFrontToBackGivesTheSamplesInTheirOrder() throws IOException {
    List<String> expected = write(PICTURE_BYTES, 14, 9);
    try (ShardReader reader = open(0)) {
      List<String> read = new ArrayList<>();
      for (long i = 0; i < reader.size(); i++) {
        read.add(text(reader.read(i)));
      }
      assertThat(read).isEqualTo(expected);
    }
  }

  @Test
  void aSampleIsDecodedOnceWhileItIsKept() throws IOException {
    write(1000, 20);
    try (ShardReader keeping = open(ShardReader.DEFAULT_CACHE_BYTES);
        ShardReader forgetting = open(0)) {
      String kept = text(keeping.read(7));
      assertThat(text(forgetting.read(7))).isEqualTo(kept);
      Path shard = folder.resolve("train/part-00000.parquet");
      byte[] bytes = Files.readAllBytes(shard);
      // Behind the magic word, before the footer.
      java.util.Arrays.fill(bytes, 4, bytes.length / 2, (byte) 0);
      Files.write(shard, bytes);

      assertThat(text(keeping.read(7))).isEqualTo(kept);
      assertThatThrownBy(() -> forgetting.read(7)).isInstanceOf(DataException.class);
    }
  }

  @Test
  void keptSamplesNeedTheirFileNoMore() throws IOException {
    write(PICTURE_BYTES, 40);
    try (ShardReader keeping = open(ShardReader.DEFAULT_CACHE_BYTES);
        ShardReader forgetting = open(0)) {
      String first = text(keeping.read(0));
      forgetting.read(0);
      Path shard = folder.resolve("train/part-00000.parquet");
      try (FileChannel channel = FileChannel.open(shard, StandardOpenOption.WRITE)) {
        channel.truncate(4);
      }
      assertThat(text(keeping.read(0))).isEqualTo(first);
      for (ShardReader reader : List.of(keeping, forgetting)) {
        assertThatThrownBy(() -> reader.read(39))
            .isInstanceOf(DataException.class)
            .hasMessageContaining("part-00000.parquet");
      }
    }
  }

  @Test
  void moreShardsThanFilesMayBeOpenCanBeRead() throws IOException {
    int[] rows = new int[70];
    Arrays.fill(rows, 1);
    List<String> expected = write(10, rows);
    try (ShardReader reader = open(0)) {
      for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < rows.length; i++) {
          assertThat(text(reader.read(i))).isEqualTo(expected.get(i));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 3_000_000, 100_000_000})
  void threadsGetTheSamplesTheyAskFor(long cacheBytes) throws Exception {
    List<String> expected = write(PICTURE_BYTES, 14, 9);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (ShardReader reader = open(cacheBytes)) {
      List<Future<Boolean>> futures = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        Random random = new Random(thread);
        futures.add(
            pool.submit(
                () -> {
                  boolean equal = true;
                  for (int i = 0; i < 12; i++) {
                    int index = random.nextInt(expected.size());
                    equal &= text(reader.read(index)).equals(expected.get(index));
                  }
                  return equal;
                }));
      }
      for (Future<Boolean> future : futures) {
        assertThat(future.get()).isTrue();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 6, 7, 1L << 32, Long.MAX_VALUE})
  void indicesOutsideAreRefused(long index) throws IOException {
    write(10, 4, 2);
    try (ShardReader reader = open(0)) {
      assertThatThrownBy(() -> reader.read(index))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining(Long.toString(index));
    }
  }

  @Test
  void closingTwiceIsAllowedAndReadingAfterwardsIsNot() throws IOException {
    write(10, 3);
    ShardReader reader = open(1000);
    reader.read(2);
    reader.close();
    reader.close();
    assertThatThrownBy(() -> reader.read(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot read from " + folder + ": the reader is closed");
    assertThat(reader.size()).isEqualTo(3);
  }

  @Test
  void theManifestTellsWhatIsInTheFiles() throws IOException {
    List<String> expected = write(5000, 11, 0, 6);
    try (ShardReader reader = open(1 << 20)) {
      long tokens = 0;
      for (int i = 0; i < expected.size(); i++) {
        tokens += reader.read(i).inputIds().length;
      }
      assertThat(reader.manifest().tokens(Split.TRAIN)).isEqualTo(tokens);
      long bytes = 0;
      for (ShardInfo info : reader.manifest().shards(Split.TRAIN)) {
        assertThat(Files.size(folder.resolve(info.file()))).isEqualTo(info.bytes());
        bytes += info.bytes();
      }
      assertThat(reader.manifest().bytes(Split.TRAIN)).isEqualTo(bytes);
      reader.verify();
    }
  }
}
