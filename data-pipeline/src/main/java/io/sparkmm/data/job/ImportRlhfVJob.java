package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.StagedOutput;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Converts RLHF-V to a folder with one file of preference records and the pictures beside it, each
 * named by the number of its row. The folder appears whole or not at all, and never replaces
 * another.
 */
public final class ImportRlhfVJob {
  /** Source bytes whose records the driver holds at once; without pictures they are small. */
  private static final long WINDOW_BYTES = 4L << 30;

  private final JavaSparkContext spark;
  private final ImportRlhfVSettings settings;
  private final Configuration configuration;

  private ImportRlhfVJob(JavaSparkContext spark, ImportRlhfVSettings settings) {
    this.spark = spark;
    this.settings = settings;
    this.configuration = new Configuration(spark.hadoopConfiguration());
  }

  /**
   * Converts the rows.
   *
   * @throws DataException if the input cannot be read or the output exists
   */
  public static ImportReport run(JavaSparkContext spark, ImportRlhfVSettings settings) {
    return new ImportRlhfVJob(spark, settings).run();
  }

  private ImportReport run() {
    try (StagedOutput output = StagedOutput.begin(settings.output(), configuration)) {
      List<RlhfVPart> parts = RlhfVInputs.find(settings.input(), configuration);
      Path content = ConvertRlhfV.content(output.staging());
      FileSystem fileSystem = DataFiles.fileSystem(content, configuration);
      fileSystem.mkdirs(new Path(content, ImportRlhfVSettings.PICTURES));
      fileSystem.mkdirs(ConvertRlhfV.unfinished(output.staging()));
      ImportReport report;
      try (FSDataOutputStream stream =
          fileSystem.create(new Path(content, ImportRlhfVSettings.RECORDS), false)) {
        report = convert(parts, output.staging(), new JsonArrayOutput(stream));
      }
      output.publish(content);
      return report;
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot write " + settings.output() + ": " + e.getMessage(),
          e);
    }
  }

  private ImportReport convert(List<RlhfVPart> parts, Path staging, JsonArrayOutput array)
      throws IOException {
    ConvertRlhfV convert =
        new ConvertRlhfV(settings, staging, spark.broadcast(new HadoopSettings(configuration)));
    long rows = parts.stream().mapToLong(RlhfVPart::rows).sum();
    try (ProgressPrinter progress = ProgressPrinter.start("import-rlhfv: rows", rows)) {
      new ImportWindows(spark, "import " + settings.input(), settings.partitions(), WINDOW_BYTES)
          .run(
              parts,
              RlhfVPart::bytes,
              convert,
              chunk -> {
                array.add(chunk);
                progress.add(chunk.records());
              });
    }
    return array.finish(array.kept() == 0 ? "]" : "\n]");
  }
}
