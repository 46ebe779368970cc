package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedSample;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every part of a shard file damaged in turn: nothing but a named shard may come of it. */
class ShardDamageTest {
  private static final Configuration CONFIGURATION = new Configuration();
  private static final String SHARD = "train/part-00000.parquet";
  private static final int ROWS = 5;

  /** The parts of a Parquet file, with the bytes to overwrite. */
  private enum Region {
    FIRST_MAGIC,
    PAGES,
    FOOTER,
    FOOTER_LENGTH,
    LAST_MAGIC;

    int start(byte[] file) {
      int footer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - 8);
      return switch (this) {
        case FIRST_MAGIC -> 0;
        case PAGES -> 4;
        case FOOTER -> file.length - 8 - footer;
        case FOOTER_LENGTH -> file.length - 8;
        case LAST_MAGIC -> file.length - 4;
      };
    }

    int end(byte[] file) {
      return this == LAST_MAGIC ? file.length : values()[ordinal() + 1].start(file);
    }
  }

  @TempDir private Path folder;
  private Path shard;
  private byte[] intact;

  @BeforeEach
  void write() throws IOException {
    List<EncodedSample> samples = IntStream.range(0, ROWS).mapToObj(TestShards::sample).toList();
    TestShards.write(folder, List.of(samples, List.of(TestShards.sample(ROWS))));
    shard = folder.resolve(SHARD);
    intact = Files.readAllBytes(shard);
  }

  private ShardReader open() {
    return ShardReader.open(folder.toString(), Split.TRAIN, CONFIGURATION);
  }

  /** The samples as texts, or the message of the failure. */
  private List<String> readAll() {
    try (ShardReader reader = open()) {
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        texts.add(text(reader.read(i)));
      }
      return texts;
    }
  }

  private static String text(EncodedSample sample) {
    return sample.id()
        + Arrays.toString(sample.inputIds())
        + sample.labelSpans()
        + sample.images().stream().map(image -> image.path() + image.patches()).toList();
  }

  private void refused(String message) {
    assertThatThrownBy(this::readAll)
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.DATASET))
        .hasMessageStartingWith("Cannot read shard " + folder)
        .hasMessageContaining(SHARD + ": ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @EnumSource(
      value = Region.class,
      names = {"PAGES", "FOOTER", "FOOTER_LENGTH", "LAST_MAGIC"})
  void aRegionOfZeroesIsRefused(Region region) throws IOException {
    byte[] damaged = intact.clone();
    Arrays.fill(damaged, region.start(intact), region.end(intact), (byte) 0);
    Files.write(shard, damaged);
    refused("");
    try (ShardReader reader = open()) {
      assertThatThrownBy(reader::verify).hasMessageContaining("its CRC-32C is");
      assertThat(reader.read(ROWS).id()).isEqualTo("s#" + ROWS);
    }
  }

  @ParameterizedTest
  @EnumSource(Region.class)
  void verifyFindsTheFirstAndLastByteOfEveryRegion(Region region) throws IOException {
    for (int position : new int[] {region.start(intact), region.end(intact) - 1}) {
      byte[] damaged = intact.clone();
      damaged[position] ^= 0x40;
      Files.write(shard, damaged);
      try (ShardReader reader = open()) {
        assertThatThrownBy(reader::verify)
            .isInstanceOf(DataException.class)
            .hasMessageContaining(SHARD + ": its CRC-32C is");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 58})
  void aFlippedBitGivesTheSamplesOrNamesTheShard(int firstPosition) throws IOException {
    List<String> expected = readAll();
    int refused = 0;
    for (int position = firstPosition; position < intact.length; position += 101) {
      byte[] damaged = intact.clone();
      damaged[position] ^= (byte) (1 << position % 8);
      Files.write(shard, damaged);
      try {
        assertThat(readAll()).as("byte %s", position).isEqualTo(expected);
      } catch (DataException e) {
        refused++;
        assertThat(e).hasMessageContaining(SHARD);
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void aFlippedBitInAPageIsNoticedWhenItIsRead() throws IOException {
    List<String> expected = readAll();
    for (int position = 4; position < Region.FOOTER.start(intact); position += 29) {
      byte[] damaged = intact.clone();
      damaged[position] ^= 1;
      Files.write(shard, damaged);
      try {
        assertThat(readAll()).as("byte %s", position).isEqualTo(expected);
      } catch (DataException e) {
        assertThat(e).hasMessageContaining(SHARD);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.5, 0.9, 0.999})
  void aCutFileIsRefusedByItsLength(double share) throws IOException {
    int length = (int) (intact.length * share);
    Files.write(shard, Arrays.copyOf(intact, length));
    refused("it has " + length + " bytes, the manifest says " + intact.length);
  }

  @Test
  void aFileWithMoreBytesIsRefused() throws IOException {
    Files.write(shard, Arrays.copyOf(intact, intact.length + 1));
    refused("it has " + (intact.length + 1) + " bytes, the manifest says " + intact.length);
  }

  @Test
  void textOfTheRightLengthIsNoShard() throws IOException {
    Files.write(shard, "x".repeat(intact.length).getBytes(StandardCharsets.US_ASCII));
    refused("is not a Parquet file");
  }

  @Test
  void aFolderInTheShardsPlaceIsRefused() throws IOException {
    Files.delete(shard);
    Files.createDirectory(shard);
    assertThatThrownBy(this::readAll).isInstanceOf(DataException.class).hasMessageContaining(SHARD);
  }

  @ParameterizedTest
  @CsvSource({"5, 4, 6, 5", "5, 7, 6, 8"})
  void rowsThatDifferFromTheManifestAreRefused(int has, int says, int had, int sum)
      throws IOException {
    Path manifest = folder.resolve(ShardManifest.FILE_NAME);
    String json = Files.readString(manifest);
    assertThat(json).contains("\"rows\" : " + had);
    json = json.replace("\"rows\" : " + has, "\"rows\" : " + says);
    Files.writeString(manifest, json.replace("\"rows\" : " + had, "\"rows\" : " + sum));
    assertThatThrownBy(this::readFirst)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it has " + has + " rows, the manifest says " + says);
  }

  private String readFirst() {
    try (ShardReader reader = open()) {
      return reader.read(0).id();
    }
  }

  @Test
  void aShardInAnothersPlaceIsRefused() throws IOException {
    Files.copy(
        folder.resolve("train/part-00001.parquet"),
        shard,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    refused("bytes, the manifest says " + intact.length);
  }

  @Test
  void aRepairedShardIsReadByTheSameReader() throws IOException {
    List<String> expected = readAll();
    Files.write(shard, Arrays.copyOf(intact, 20));
    try (ShardReader reader = open()) {
      assertThatThrownBy(() -> reader.read(0)).isInstanceOf(DataException.class);
      Files.write(shard, intact);
      assertThat(text(reader.read(0))).isEqualTo(expected.get(0));
      reader.verify();
    }
  }
}
