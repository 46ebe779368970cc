package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.RejectedSample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the three files of one shard: the samples, the rejects if there are any, and a part file
 * that describes both. They appear in their pool in this order, each of them whole.
 */
public final class ShardPartWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardPartWriter.class);

  private final ShardPool pool;
  private final ShardKey key;
  private final Configuration configuration;
  private final Path shardAttempt;
  private final Path rejectsAttempt;
  private final ShardWriter shard;
  private final RejectSummary.Counter rejects = new RejectSummary.Counter();
  private final CRC32C rejectsCrc = new CRC32C();
  private Optional<FSDataOutputStream> rejectsFile = Optional.empty();
  private long rejectsBytes;
  private boolean finished;

  /**
   * Creates the files of an attempt.
   *
   * @param pool where the finished files go
   * @param key the shard
   */
  public ShardPartWriter(ShardPool pool, ShardKey key, Configuration configuration)
      throws IOException {
    this.pool = pool;
    this.key = key;
    this.configuration = configuration;
    this.shardAttempt = pool.attempt(".parquet");
    this.rejectsAttempt = pool.attempt(".jsonl");
    this.shard =
        new ShardWriter(
            DataFiles.createInFolder(shardAttempt, configuration),
            pool.naming().shardFile(key),
            pool.kind(),
            configuration);
  }

  /** Adds a sample. */
  public void keep(EncodedSample sample) throws IOException {
    shard.write(sample);
  }

  /** Notes a record that was left out. */
  public void reject(RejectedSample reject) throws IOException {
    if (rejectsFile.isEmpty()) {
      rejectsFile = Optional.of(DataFiles.createInFolder(rejectsAttempt, configuration));
    }
    byte[] line =
        (ShardManifestParser.rejectToJson(reject) + "\n").getBytes(StandardCharsets.UTF_8);
    rejectsFile.get().write(line);
    rejectsCrc.update(line);
    rejectsBytes += line.length;
    rejects.add(reject);
  }

  /**
   * Completes the files and gives them their final names.
   *
   * @return what the shard became
   * @throws IOException if the pool was removed meanwhile, or a disk fails
   */
  public ShardPart finish() throws IOException {
    ShardInfo info = shard.finish();
    Optional<ShardPart.RejectsFile> list = Optional.empty();
    if (rejectsFile.isPresent()) {
      try (FSDataOutputStream closing = rejectsFile.get()) {
        DataFiles.sync(closing);
      }
      String name = pool.naming().rejectsFile(key);
      list = Optional.of(new ShardPart.RejectsFile(name, rejectsBytes, rejectsCrc.getValue()));
      DataFiles.replace(rejectsAttempt, new Path(pool.content(), name), configuration);
    }
    DataFiles.replace(shardAttempt, new Path(pool.content(), info.file()), configuration);
    ShardPart part = new ShardPart(info, rejects.summaries(), list);
    Path description = pool.attempt(".json");
    DataFiles.writeTextInFolder(description, ShardManifestParser.partToJson(part), configuration);
    DataFiles.replace(description, pool.part(key), configuration);
    finished = true;
    LOG.debug("Finished {} of {}", info.file(), pool.name());
    return part;
  }

  /** Removes what an attempt that failed has left. */
  @Override
  public void close() throws IOException {
    if (finished) {
      return;
    }
    try {
      shard.close();
    } finally {
      if (rejectsFile.isPresent()) {
        rejectsFile.get().close();
      }
      DataFiles.delete(shardAttempt, configuration);
      DataFiles.delete(rejectsAttempt, configuration);
    }
  }
}
