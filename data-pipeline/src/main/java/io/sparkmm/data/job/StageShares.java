package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardNaming;
import io.sparkmm.data.shard.ShardPartWriter;
import io.sparkmm.data.shard.ShardPool;
import io.sparkmm.data.shard.SourceOutcome;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What the stages of a preparation cost on one core, without Spark. The same records go through
 * ever longer parts of the way; a stage's time is the difference of two passes.
 *
 * @param records records that were measured
 * @param read seconds to read and parse JSON
 * @param pictures seconds to open the pictures and find their sizes
 * @param encode seconds for templates, tokenizer and label spans
 * @param write seconds to write the shard
 */
public record StageShares(long records, double read, double pictures, double encode, double write) {
  private static final double NANOS = 1e9;

  /**
   * Measures the first records of a data set; each pass is made twice, and the second one counts.
   *
   * @param settings as for a preparation; its output is not written to
   * @param folder an empty folder for shards, which stay there
   * @param records most records to take
   */
  public static StageShares measure(PrepareSettings settings, Path folder, int records)
      throws IOException {
    Configuration configuration = new Configuration();
    EncodeContext context = EncodeContext.of(settings);
    BasicParameters basic = settings.data().datasetParam().basicParameters();
    JsonIndex index =
        JsonIndexer.index(
            basic.dataset().get(0), new JsonIndex.Request(records, Set.of()), configuration);
    JsonChunk chunk = index.chunks().get(0);
    double[] seconds = new double[4];
    for (int pass = 0; pass < 2; pass++) {
      // Encoders and pictures remember what they have seen.
      seconds[0] = read(chunk, configuration);
      seconds[1] =
          probe(
              chunk,
              new RecordEncoder(context, configuration),
              new HadoopPictures(configuration),
              configuration);
      seconds[2] = encode(chunk, new RecordEncoder(context, configuration), configuration);
      seconds[3] =
          write(
              chunk,
              new RecordEncoder(context, configuration),
              new Path(folder, "pass-" + pass),
              configuration);
    }
    return new StageShares(
        chunk.records(),
        seconds[0],
        seconds[1],
        Math.max(0, seconds[2] - seconds[0] - seconds[1]),
        Math.max(0, seconds[3] - seconds[2]));
  }

  /** Seconds of all stages together. */
  public double total() {
    return read + pictures + encode + write;
  }

  private static double read(JsonChunk chunk, Configuration configuration) {
    long begin = System.nanoTime();
    try (JsonChunkReader reader = new JsonChunkReader(chunk, configuration)) {
      while (reader.hasNext()) {
        reader.next();
      }
    }
    return (System.nanoTime() - begin) / NANOS;
  }

  /** Only the time with the pictures counts; their names come from encoded samples. */
  private static double probe(
      JsonChunk chunk,
      RecordEncoder encoder,
      HadoopPictures pictures,
      Configuration configuration) {
    long sum = 0;
    try (JsonChunkReader reader = new JsonChunkReader(chunk, configuration)) {
      while (reader.hasNext()) {
        SourceOutcome outcome = encoder.encode(reader.next());
        if (outcome instanceof SourceOutcome.Kept kept) {
          EncodedSample sample = kept.sample();
          long begin = System.nanoTime();
          for (EncodedImage image : sample.images()) {
            pictures.probe(image.path());
          }
          sum += System.nanoTime() - begin;
        }
      }
    }
    return sum / NANOS;
  }

  private static double encode(
      JsonChunk chunk, RecordEncoder encoder, Configuration configuration) {
    long begin = System.nanoTime();
    try (JsonChunkReader reader = new JsonChunkReader(chunk, configuration)) {
      while (reader.hasNext()) {
        encoder.encode(reader.next());
      }
    }
    return (System.nanoTime() - begin) / NANOS;
  }

  private static double write(
      JsonChunk chunk, RecordEncoder encoder, Path folder, Configuration configuration)
      throws IOException {
    ShardPool pool =
        new ShardPool(folder.toString(), "content", SampleKind.SFT, ShardNaming.FIRST, "");
    pool.create(Set.of(Split.TRAIN), configuration);
    long begin = System.nanoTime();
    try (JsonChunkReader reader = new JsonChunkReader(chunk, configuration);
        ShardPartWriter writer =
            new ShardPartWriter(pool, new ShardKey(Split.TRAIN, 0), configuration)) {
      while (reader.hasNext()) {
        encoder.encode(reader.next()).writeTo(writer);
      }
      writer.finish();
    }
    return (System.nanoTime() - begin) / NANOS;
  }
}
