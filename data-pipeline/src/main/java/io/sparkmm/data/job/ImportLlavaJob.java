package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.StagedOutput;
import java.io.IOException;
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
    JsonArrayOutput array = new JsonArrayOutput(stream);
    try (ProgressPrinter progress =
        ProgressPrinter.start("import-llava: records", index.records())) {
      new ImportWindows(spark, "import " + settings.input(), settings.partitions(), WINDOW_BYTES)
          .run(
              index.chunks(),
              chunk -> chunk.end() - chunk.start(),
              convert,
              chunk -> {
                array.add(chunk);
                progress.add(chunk.records());
              });
    }
    return array.finish("\n]\n");
  }
}
