package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.StagedOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Converts a LLaVA-Instruct file to an "mllm" file: one JSON array, one record a line, readable by
 * the owner only. The file appears whole or not at all, and never replaces another.
 */
public final class ImportLlavaJob {
  private static final int RECORDS_PER_CHUNK = 4096;

  /** Source bytes that are converted before the driver writes them down. */
  private static final long WINDOW_BYTES = 128L << 20;

  private static final short OWNER_ONLY = 0600;

  private final JavaSparkContext spark;
  private final ImportSettings settings;
  private final Configuration configuration;

  private ImportLlavaJob(JavaSparkContext spark, ImportSettings settings) {
    this.spark = spark;
    this.settings = settings;
    this.configuration = new Configuration(spark.hadoopConfiguration());
  }

  /**
   * Converts a file.
   *
   * @throws DataException if the input cannot be read or has a record that is no LLaVA record, or
   *     the output exists
   */
  public static ImportReport run(JavaSparkContext spark, ImportSettings settings) {
    return new ImportLlavaJob(spark, settings).run();
  }

  private ImportReport run() {
    try (StagedOutput output = StagedOutput.begin(settings.output(), configuration)) {
      JsonIndex index =
          JsonIndexer.index(
              settings.input(), new JsonIndex.Request(RECORDS_PER_CHUNK, Set.of()), configuration);
      Path file = new Path(output.staging(), "content");
      ImportReport report;
      FileSystem fileSystem = DataFiles.fileSystem(file, configuration);
      try (FSDataOutputStream stream =
          FileSystem.create(fileSystem, file, new FsPermission(OWNER_ONLY))) {
        report = convert(index, stream);
      }
      output.publish(file);
      return report;
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot write " + settings.output() + ": " + e.getMessage(),
          e);
    }
  }

  private ImportReport convert(JsonIndex index, FSDataOutputStream stream) throws IOException {
    ConvertLlava convert =
        new ConvertLlava(settings, spark.broadcast(new HadoopSettings(configuration)));
    RejectSummary.Counter dropped = new RejectSummary.Counter();
    long kept = 0;
    stream.write('[');
    try (ProgressPrinter progress =
        ProgressPrinter.start("import-llava: records", index.records())) {
      for (List<JsonChunk> window : windows(index.chunks())) {
        for (ConvertedChunk chunk : converted(window, convert)) {
          if (chunk.kept() > 0) {
            stream.write((kept == 0 ? "\n" : ",\n").getBytes(StandardCharsets.UTF_8));
            stream.write(chunk.json());
          }
          kept += chunk.kept();
          chunk.dropped().forEach(dropped::add);
          progress.add(chunk.kept() + chunk.dropped().size());
        }
      }
    }
    stream.write("\n]\n".getBytes(StandardCharsets.UTF_8));
    return new ImportReport(kept, dropped.summaries());
  }

  private List<ConvertedChunk> converted(List<JsonChunk> window, ConvertLlava convert) {
    try {
      return spark
          .parallelize(window, settings.partitions().orElse(window.size()))
          .map(convert)
          .collect();
    } catch (Exception e) {
      // Scala throws SparkException without declaring it.
      throw JobFailures.explain("import " + settings.input(), e);
    }
  }

  private static List<List<JsonChunk>> windows(List<JsonChunk> chunks) {
    List<List<JsonChunk>> windows = new ArrayList<>();
    long bytes = WINDOW_BYTES;
    for (JsonChunk chunk : chunks) {
      if (bytes >= WINDOW_BYTES) {
        windows.add(new ArrayList<>());
        bytes = 0;
      }
      windows.get(windows.size() - 1).add(chunk);
      bytes += chunk.end() - chunk.start();
    }
    return windows;
  }
}
