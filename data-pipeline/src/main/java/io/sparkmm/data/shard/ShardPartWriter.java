package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.SampleKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;

/**
 * Writes the three files of one shard: the samples, the rejects if there are any, and a part file
 * that describes both for the driver.
 */
public final class ShardPartWriter implements AutoCloseable {
  private final Path folder;
  private final Split split;
  private final int number;
  private final Configuration configuration;
  private final ShardWriter shard;
  private final RejectSummary.Counter rejects = new RejectSummary.Counter();
  private Optional<FSDataOutputStream> rejectsFile = Optional.empty();

  /**
   * Creates the shard file.
   *
   * @param folder folder that stands for the data set's
   * @param key the shard
   * @param kind what its samples are
   */
  public ShardPartWriter(Path folder, ShardKey key, SampleKind kind, Configuration configuration)
      throws IOException {
    this.folder = folder;
    this.split = key.split();
    this.number = key.number();
    this.configuration = configuration;
    this.shard = new ShardWriter(folder, split.shardFile(number), kind, configuration);
  }

  /** Adds a sample. */
  public void keep(EncodedSample sample) throws IOException {
    shard.write(sample);
  }

  /** Notes a record that was left out. */
  public void reject(RejectedSample reject) throws IOException {
    if (rejectsFile.isEmpty()) {
      Path path = new Path(folder, split.rejectsFile(number));
      rejectsFile = Optional.of(DataFiles.fileSystem(path, configuration).create(path, false));
    }
    String line = ShardManifestParser.rejectToJson(reject) + "\n";
    rejectsFile.get().write(line.getBytes(StandardCharsets.UTF_8));
    rejects.add(reject);
  }

  /** Completes the files. */
  public void finish() throws IOException {
    ShardInfo info = shard.finish();
    if (rejectsFile.isPresent()) {
      rejectsFile.get().close();
    }
    DataFiles.writeText(
        new Path(folder, ShardParts.file(split, number)),
        ShardManifestParser.partToJson(info, rejects.summaries()),
        configuration);
  }

  /** Closes what an attempt that failed has left open. */
  @Override
  public void close() throws IOException {
    try {
      shard.close();
    } finally {
      if (rejectsFile.isPresent()) {
        rejectsFile.get().close();
      }
    }
  }
}
