package io.sparkmm.data.shard;

import io.sparkmm.data.sample.SampleKind;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.RecordWriter;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;

/**
 * Writes the outcomes of source records to shards under the file output committer, so that of each
 * task one attempt's files appear, all of them, once.
 *
 * <p>Records come sorted by shard; all records of a shard come in one task. A task may write
 * several shards: names and bytes do not depend on how shards are spread over tasks.
 */
public final class ShardOutputFormat extends FileOutputFormat<ShardKey, SourceOutcome> {
  private static final String KIND = "sparkmm.shard.kind";

  /** Sets what the samples of a job are; without it they are conversations to imitate. */
  public static void setKind(Configuration configuration, SampleKind kind) {
    configuration.set(KIND, kind.text());
  }

  @Override
  public RecordWriter<ShardKey, SourceOutcome> getRecordWriter(TaskAttemptContext context)
      throws IOException {
    PathOutputCommitter committer = (PathOutputCommitter) getOutputCommitter(context);
    return new Writer(committer.getWorkPath(), context.getConfiguration());
  }

  private static final class Writer extends RecordWriter<ShardKey, SourceOutcome> {
    private final Path folder;
    private final Configuration configuration;
    private final SampleKind kind;
    private Optional<ShardKey> current = Optional.empty();
    private Optional<ShardPartWriter> part = Optional.empty();

    Writer(Path folder, Configuration configuration) {
      this.folder = folder;
      this.configuration = configuration;
      this.kind =
          SampleKind.find(configuration.get(KIND, SampleKind.SFT.text()))
              .orElseThrow(
                  () -> new IllegalArgumentException("Cannot use " + KIND + ": no known kind"));
    }

    @Override
    public void write(ShardKey key, SourceOutcome outcome) throws IOException {
      if (!current.equals(Optional.of(key))) {
        finish();
        current = Optional.of(key);
        part = Optional.of(new ShardPartWriter(folder, key, kind, configuration));
      }
      outcome.writeTo(part.get());
    }

    @Override
    public void close(TaskAttemptContext context) throws IOException {
      finish();
    }

    private void finish() throws IOException {
      if (part.isPresent()) {
        try (ShardPartWriter finished = part.get()) {
          part = Optional.empty();
          finished.finish();
        }
      }
    }
  }
}
