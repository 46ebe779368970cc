package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.SampleKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardPoolTest {
  private static final Configuration CONFIGURATION = new Configuration();
  private static final ShardKey KEY = new ShardKey(Split.TRAIN, 1);

  @TempDir private Path folder;
  private ShardPool pool;

  @BeforeEach
  void create() throws IOException {
    pool = new ShardPool(folder.toString(), "content", SampleKind.SFT, ShardNaming.FIRST, "");
    pool.create(Set.of(Split.TRAIN), CONFIGURATION);
  }

  private ShardPartWriter writer() throws IOException {
    return new ShardPartWriter(pool, KEY, CONFIGURATION);
  }

  private static RejectedSample reject(int record) {
    return new RejectedSample("a.json", record, RejectReason.IMAGE_MISSING, "x");
  }

  private ShardPart write() throws IOException {
    try (ShardPartWriter writer = writer()) {
      writer.keep(TestShards.sample(1));
      writer.reject(reject(7));
      writer.keep(TestShards.sample(2));
      return writer.finish();
    }
  }

  private List<String> files() throws IOException {
    return List.copyOf(TestShards.tree(folder).keySet());
  }

  @Test
  void aFinishedShardIsDescribed() throws IOException {
    assertThat(pool.isStarted(CONFIGURATION)).isFalse();
    assertThat(pool.finished(KEY, CONFIGURATION)).isEmpty();

    ShardPart part = write();

    assertThat(files())
        .containsExactly(
            "content-parts/train-00000001.json",
            "content/rejects/train-00001.jsonl",
            "content/train/part-00001.parquet");
    assertThat(part.shard().rows()).isEqualTo(2);
    assertThat(part.shard().tokens()).isEqualTo(8);
    assertThat(part.shard().bytes())
        .isEqualTo(Files.size(folder.resolve("content/train/part-00001.parquet")));
    assertThat(part.rejected()).isEqualTo(1);
    assertThat(folder.resolve("content/rejects/train-00001.jsonl"))
        .content()
        .isEqualTo(
            "{\"source\":\"a.json\",\"record\":7,\"reason\":\"image_missing\",\"detail\":\"x\"}\n");
    assertThat(pool.isStarted(CONFIGURATION)).isTrue();
    assertThat(pool.finished(KEY, CONFIGURATION)).hasValue(part);
    assertThat(pool.finished(new ShardKey(Split.VAL, 1), CONFIGURATION)).isEmpty();
  }

  @Test
  void anAttemptThatFailsLeavesNothing() throws IOException {
    try (ShardPartWriter failed = writer()) {
      failed.keep(TestShards.sample(9));
      failed.reject(reject(9));
      assertThat(files()).hasSize(2).allMatch(name -> name.startsWith("attempts/"));
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void attemptsAtTheSameTimeGiveTheSameFilesOnce() throws IOException {
    write();
    var tree = TestShards.tree(folder);
    ShardPartWriter slow = writer();
    slow.keep(TestShards.sample(1));
    slow.reject(reject(7));
    write();
    slow.keep(TestShards.sample(2));
    slow.finish();
    slow.close();
    assertThat(TestShards.tree(folder)).isEqualTo(tree).hasSize(3);
  }

  @Test
  void aShardWithoutSamplesIsAnEmptyFile() throws IOException {
    try (ShardPartWriter writer = writer()) {
      writer.reject(reject(1));
      ShardInfo shard = writer.finish().shard();
      assertThat(shard.rows()).isZero();
      assertThat(shard.bytes()).isPositive();
    }
  }

  @Test
  void filesThatDoNotAgreeWithTheirDescriptionAreNotTrusted() throws IOException {
    ShardPart part = write();
    for (String name :
        List.of(
            "content/train/part-00001.parquet",
            "content/rejects/train-00001.jsonl",
            "content-parts/train-00000001.json")) {
      Path file = folder.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
      assertThat(pool.finished(KEY, CONFIGURATION)).as("half of %s", name).isEmpty();
      Files.write(file, new byte[0]);
      assertThat(pool.finished(KEY, CONFIGURATION)).as("empty %s", name).isEmpty();
      byte[] changed = bytes.clone();
      changed[bytes.length / 2] ^= 1;
      Files.write(file, changed);
      assertThat(pool.finished(KEY, CONFIGURATION))
          .as("changed %s", name)
          .isNotEqualTo(java.util.Optional.of(part));
      Files.delete(file);
      assertThat(pool.finished(KEY, CONFIGURATION)).as("no %s", name).isEmpty();
      Files.write(file, bytes);
      assertThat(pool.finished(KEY, CONFIGURATION)).hasValue(part);
    }
  }

  @Test
  void filesThatWereMovedToTheirTargetCount() throws IOException {
    Path target = Files.createDirectories(folder.resolve("target/train")).getParent();
    pool =
        new ShardPool(
            folder.toString(), "content", SampleKind.SFT, ShardNaming.FIRST, target.toString());
    ShardPart part = write();
    Files.move(
        folder.resolve("content/train/part-00001.parquet"),
        target.resolve("train/part-00001.parquet"));
    assertThat(pool.finished(KEY, CONFIGURATION)).hasValue(part);
    Files.write(target.resolve("train/part-00001.parquet"), new byte[3]);
    assertThat(pool.finished(KEY, CONFIGURATION)).isEmpty();
  }

  @Test
  void aWriterDoesNotBringBackWhatWasRemoved() throws IOException {
    ShardPartWriter late = writer();
    late.keep(TestShards.sample(1));
    for (String name : List.of("content", "content-parts", "attempts")) {
      TestShards.delete(folder.resolve(name));
    }
    assertThatThrownBy(late::finish).isInstanceOf(IOException.class);
    assertThatThrownBy(this::writer).isInstanceOf(IOException.class);
    late.close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void shardNumbersAreNotNegative() {
    assertThatThrownBy(() -> new ShardKey(Split.TRAIN, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot number a shard -1");
  }

  @Test
  void laterVersionsHaveNamesOfTheirOwn() {
    ShardNaming naming = ShardNaming.of(3, "0123456789abcdef");
    assertThat(naming.shardFile(KEY)).isEqualTo("train/part-00001-v3-01234567.parquet");
    assertThat(naming.rejectsFile(KEY)).isEqualTo("rejects/train-00001-v3-01234567.jsonl");
    assertThat(ShardNaming.addition(naming.shardFile(KEY)))
        .hasValue(new ShardNaming.Addition(3, "01234567"));
    assertThat(ShardNaming.of(1, "0123456789abcdef").shardFile(KEY))
        .isEqualTo(Split.TRAIN.shardFile(1));
    assertThat(ShardNaming.addition(Split.TRAIN.shardFile(1))).isEmpty();
    assertThat(ShardNaming.addition("train/mine-v2.parquet")).isEmpty();
  }
}
