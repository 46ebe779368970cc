package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.mapreduce.OutputCommitter;
import org.apache.hadoop.mapreduce.RecordWriter;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.TaskType;
import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardOutputFormatTest {
  @TempDir private Path parent;
  private Path folder;
  private org.apache.hadoop.fs.Path target;
  private final Configuration configuration = new Configuration();

  @BeforeEach
  void configure() {
    folder = parent.resolve("out");
    target = new org.apache.hadoop.fs.Path(folder.toUri());
    configuration.set(FileOutputFormat.OUTDIR, target.toString());
    configuration.set("mapreduce.fileoutputcommitter.algorithm.version", "1");
    configuration.set("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");
  }

  /** One attempt of a task, as Spark runs it. */
  private final class Attempt {
    private final ShardOutputFormat format = new ShardOutputFormat();
    private final TaskAttemptContext context;
    private final OutputCommitter committer;
    private final RecordWriter<ShardKey, SourceOutcome> writer;

    Attempt(int task, int attempt) throws IOException {
      context =
          new TaskAttemptContextImpl(
              configuration, new TaskAttemptID("job", 1, TaskType.MAP, task, attempt));
      committer = format.getOutputCommitter(context);
      committer.setupJob(context);
      committer.setupTask(context);
      writer = format.getRecordWriter(context);
    }

    void write(Split split, int shard, int sample) throws Exception {
      writer.write(new ShardKey(split, shard), new SourceOutcome.Kept(TestShards.sample(sample)));
    }

    void reject(int shard, int record) throws Exception {
      writer.write(
          new ShardKey(Split.TRAIN, shard),
          new SourceOutcome.Left(
              new RejectedSample("a.json", record, RejectReason.IMAGE_MISSING, "x")));
    }

    void commit() throws Exception {
      writer.close(context);
      committer.commitTask(context);
    }

    void abort() throws Exception {
      writer.close(context);
      committer.abortTask(context);
    }

    void commitJob() throws IOException {
      committer.commitJob(context);
    }
  }

  private List<String> files() throws IOException {
    return List.copyOf(TestShards.tree(folder).keySet());
  }

  @Test
  void oneTaskWritesSeveralShards() throws Exception {
    Attempt attempt = new Attempt(0, 0);
    attempt.write(Split.TRAIN, 0, 1);
    attempt.write(Split.TRAIN, 0, 2);
    attempt.reject(1, 7);
    attempt.write(Split.TRAIN, 1, 3);
    attempt.write(Split.VAL, 0, 4);
    attempt.commit();
    attempt.commitJob();

    assertThat(files())
        .containsExactly(
            "_parts/train-00000000.json",
            "_parts/train-00000001.json",
            "_parts/val-00000000.json",
            "rejects/train-00001.jsonl",
            "train/part-00000.parquet",
            "train/part-00001.parquet",
            "val/part-00000.parquet");
    assertThat(folder.resolve("rejects/train-00001.jsonl"))
        .content()
        .isEqualTo(
            "{\"source\":\"a.json\",\"record\":7,\"reason\":\"image_missing\",\"detail\":\"x\"}\n");
    List<ShardPart> parts = ShardParts.read(target, Split.TRAIN, configuration);
    assertThat(parts).hasSize(2);
    assertThat(parts.get(0).shard().rows()).isEqualTo(2);
    assertThat(parts.get(0).shard().tokens()).isEqualTo(8);
    assertThat(parts.get(0).shard().bytes())
        .isEqualTo(Files.size(folder.resolve("train/part-00000.parquet")));
    assertThat(parts.get(0).rejects()).isEmpty();
    assertThat(parts.get(1).rejects()).extracting(RejectSummary::count).containsExactly(1L);
    assertThat(ShardParts.read(target, Split.VAL, configuration)).hasSize(1);

    ShardParts.delete(target, configuration);
    assertThat(files()).hasSize(4);
    assertThat(ShardParts.read(target, Split.VAL, configuration)).isEmpty();
  }

  @Test
  void anAbortedAttemptLeavesNothing() throws Exception {
    Attempt failed = new Attempt(0, 0);
    failed.write(Split.TRAIN, 0, 99);
    failed.reject(0, 1);
    failed.abort();
    Attempt repeated = new Attempt(0, 1);
    repeated.write(Split.TRAIN, 0, 5);
    repeated.commit();
    repeated.commitJob();

    assertThat(files()).containsExactly("_parts/train-00000000.json", "train/part-00000.parquet");
    assertThat(ShardParts.read(target, Split.TRAIN, configuration).get(0).shard().rows())
        .isEqualTo(1);
  }

  @Test
  void ofTwoAttemptsAtATimeOneCounts() throws Exception {
    Attempt slow = new Attempt(0, 0);
    slow.write(Split.TRAIN, 0, 1);
    Attempt fast = new Attempt(0, 1);
    fast.write(Split.TRAIN, 0, 1);
    fast.commit();
    slow.abort();
    fast.commitJob();

    assertThat(files()).containsExactly("_parts/train-00000000.json", "train/part-00000.parquet");
  }

  @Test
  void aShardWithoutSamplesIsAnEmptyFile() throws Exception {
    Attempt attempt = new Attempt(0, 0);
    attempt.reject(0, 1);
    attempt.commit();
    attempt.commitJob();
    ShardInfo shard = ShardParts.read(target, Split.TRAIN, configuration).get(0).shard();
    assertThat(shard.rows()).isZero();
    assertThat(shard.bytes()).isPositive();
  }

  @Test
  void spreadingShardsOverTasksDoesNotChangeThem() throws Exception {
    Attempt first = new Attempt(0, 0);
    first.write(Split.TRAIN, 0, 1);
    first.write(Split.TRAIN, 1, 2);
    first.commit();
    first.commitJob();
    var together = TestShards.tree(folder);
    TestShards.delete(folder);

    Attempt one = new Attempt(0, 0);
    one.write(Split.TRAIN, 0, 1);
    Attempt two = new Attempt(1, 0);
    two.write(Split.TRAIN, 1, 2);
    two.commit();
    one.commit();
    two.commitJob();

    assertThat(TestShards.tree(folder)).isEqualTo(together);
  }

  @Test
  void shardNumbersAreNotNegative() {
    assertThatThrownBy(() -> new ShardKey(Split.TRAIN, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot number a shard -1");
  }
}
