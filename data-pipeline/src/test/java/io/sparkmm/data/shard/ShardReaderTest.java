package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.SampleKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardReaderTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir private Path folder;

  @BeforeEach
  void writeDataSet() throws IOException {
    TestShards.write(folder, List.of(samples(0, 5), List.of(), samples(5, 7)));
  }

  private static List<EncodedSample> samples(int from, int to) {
    return IntStream.range(from, to).mapToObj(TestShards::sample).toList();
  }

  private ShardReader open() {
    return ShardReader.open(folder.toString(), Split.TRAIN, CONFIGURATION);
  }

  @Test
  void findsSamplesByTheirIndexOverAllShards() {
    try (ShardReader reader = open()) {
      assertThat(reader.size()).isEqualTo(7);
      for (int index : new int[] {6, 0, 5, 4}) {
        assertThat(reader.read(index).id()).isEqualTo("s#" + index);
      }
      assertThatThrownBy(() -> reader.read(7)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> reader.read(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void aSplitThatIsNotThereIsEmpty() {
    try (ShardReader reader = ShardReader.open(folder.toString(), Split.VAL, CONFIGURATION)) {
      assertThat(reader.size()).isZero();
      assertThat(reader.manifest().rows(Split.TRAIN)).isEqualTo(7);
    }
  }

  @Test
  void readsUrisOfAnyHadoopFileSystem() {
    try (ShardReader reader =
        ShardReader.open(folder.toUri().toString(), Split.TRAIN, CONFIGURATION)) {
      assertThat(reader.read(3).inputIds()).containsExactly(3, 4, 5, 6);
    }
  }

  @Test
  void manyThreadsMayRead() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (ShardReader reader = ShardReader.open(folder.toString(), Split.TRAIN, CONFIGURATION, 0)) {
      List<Future<String>> futures = new ArrayList<>();
      for (int i = 0; i < 70; i++) {
        int index = i % 7;
        futures.add(pool.submit(() -> reader.read(index).id()));
      }
      for (int i = 0; i < 70; i++) {
        assertThat(futures.get(i).get()).isEqualTo("s#" + i % 7);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void refusesAFolderWithoutManifest() throws IOException {
    Files.delete(folder.resolve("manifest.json"));
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.DATASET))
        .hasMessageContaining("Cannot read data set " + folder)
        .hasMessageContaining("there is no manifest.json");
  }

  @Test
  void namesAShardThatIsMissing() throws IOException {
    Files.delete(folder.resolve("train/part-00002.parquet"));
    try (ShardReader reader = open()) {
      assertThat(reader.read(0).id()).isEqualTo("s#0");
      assertThatThrownBy(() -> reader.read(5))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("train/part-00002.parquet");
      assertThatThrownBy(reader::verify).hasMessageContaining("train/part-00002.parquet");
    }
  }

  @Test
  void namesAShardThatWasCut() throws IOException {
    Path shard = folder.resolve("train/part-00000.parquet");
    byte[] bytes = Files.readAllBytes(shard);
    Files.write(shard, java.util.Arrays.copyOf(bytes, bytes.length - 10));
    try (ShardReader reader = open()) {
      assertThatThrownBy(() -> reader.read(0))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("part-00000.parquet: it has " + (bytes.length - 10) + " bytes");
      assertThatThrownBy(reader::verify).hasMessageContaining("the manifest says " + bytes.length);
    }
  }

  @Test
  void verifyFindsASingleChangedByteAnywhere() throws IOException {
    Path shard = folder.resolve("train/part-00002.parquet");
    byte[] bytes = Files.readAllBytes(shard);
    for (int position = 0; position < bytes.length; position += 97) {
      byte[] changed = bytes.clone();
      changed[position] ^= 1;
      Files.write(shard, changed);
      try (ShardReader reader = open()) {
        assertThatThrownBy(reader::verify)
            .isInstanceOf(DataException.class)
            .hasMessageContaining("part-00002.parquet: its CRC-32C is");
      }
    }
  }

  @Test
  void aDamagedShardIsNamedWhenItIsRead() throws IOException {
    Path shard = folder.resolve("train/part-00000.parquet");
    byte[] bytes = Files.readAllBytes(shard);
    java.util.Arrays.fill(bytes, 4, bytes.length / 2, (byte) 0x5a);
    Files.write(shard, bytes);
    try (ShardReader reader = open()) {
      assertThatThrownBy(() -> reader.read(0))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("Cannot read shard")
          .hasMessageContaining("part-00000.parquet");
    }
  }

  @Test
  void refusesAShardWithAnotherNumberOfRows() throws IOException {
    Path manifest = folder.resolve("manifest.json");
    String json = Files.readString(manifest).replace("\"rows\" : 5", "\"rows\" : 6");
    Files.writeString(manifest, json.replace("\"rows\" : 7", "\"rows\" : 8"));
    try (ShardReader reader = open()) {
      assertThatThrownBy(() -> reader.read(0))
          .hasMessageContaining("has 5 rows, the manifest says 6");
    }
  }

  @Test
  void refusesToReadAfterItWasClosed() {
    ShardReader reader = open();
    reader.close();
    assertThatThrownBy(() -> reader.read(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the reader is closed");
  }

  @Test
  void columnsAreThoseOfTheContract() {
    assertThat(ShardSchema.of(SampleKind.SFT).toString())
        .isEqualTo(
            """
            message sample {
              required binary id (STRING);
              required group input_ids (LIST) {
                repeated group list {
                  required int32 element;
                }
              }
              required group label_spans (LIST) {
                repeated group list {
                  required group element {
                    required int32 start;
                    required int32 end;
                  }
                }
              }
              required group images (LIST) {
                repeated group list {
                  required group element {
                    required binary path (STRING);
                    optional binary bytes;
                    required int32 height;
                    required int32 width;
                    required int32 grid_t;
                    required int32 grid_h;
                    required int32 grid_w;
                  }
                }
              }
            }
            """);
  }

  @Test
  void refusesToOverwriteAShard() {
    org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(folder.toUri());
    assertThatThrownBy(
            () -> new ShardWriter(target, Split.TRAIN.shardFile(0), CONFIGURATION).close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("part-00000.parquet");
  }
}
