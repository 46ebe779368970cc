package io.sparkmm.data.job;

import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.template.ChatTemplates;
import io.sparkmm.data.template.TemplateFile;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The verb {@code prepare}: data.json to shards. */
@Command(
    name = "prepare",
    mixinStandardHelpOptions = true,
    description = "Turns the records that data.json names into shards, ready for training.")
public final class PrepareMain implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--mm-data", required = true, description = "Path of data.json.")
  private Path data;

  @Option(names = "--output", required = true, description = "Folder of the data set.")
  private String output;

  @Option(names = "--seq-length", required = true, description = "Most tokens of a sample.")
  private int sequenceLength;

  @Option(names = "--records-per-shard", description = "Default: ${DEFAULT-VALUE}.")
  private int recordsPerShard = PrepareSettings.DEFAULT_RECORDS_PER_SHARD;

  @Option(names = "--embed-images", description = "Store the pictures' bytes in the shards.")
  private boolean embedImages;

  @Option(
      names = "--append",
      description = "Add the records that the data set does not have; without one, make it.")
  private boolean append;

  @Option(
      names = "--template-file",
      description = "JSON file of own chat templates that data.json may name.")
  private Path templateFile;

  @Option(
      names = "--check-pictures",
      description = "Decode every picture: slow, but finds damage behind the header.")
  private boolean checkPictures;

  @Option(
      names = "--picture-filter",
      description =
          "How training brings pictures inside image_max_pixels: mindspeed-mm (nearest pixel) or"
              + " llama-factory (cubic). Default: ${DEFAULT-VALUE}.")
  private String pictureFilter = PrepareSettings.Pictures.DEFAULT.filter().text();

  @Option(
      names = "--max-reject-rate",
      description = "Fail when a larger share of records is bad. Default: ${DEFAULT-VALUE}.")
  private double maxRejectRate = PrepareSettings.DEFAULT_MAX_REJECT_RATE;

  @Option(names = "--partitions", description = "Spark tasks. Default: one per shard.")
  private Integer partitions;

  @Option(names = "--seed", description = "Default: ${DEFAULT-VALUE}.")
  private long seed = PrepareSettings.DEFAULT_SEED;

  /** Runs the verb and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the verb and returns its exit code: 0 done, 1 failed, 2 wrong usage or configuration. */
  public static int run(String[] args) {
    return CommandLines.run(new PrepareMain(), args);
  }

  private ChatTemplates templates() {
    return templateFile == null ? ChatTemplates.standard() : TemplateFile.read(templateFile);
  }

  @Override
  public Integer call() {
    OptionalInt tasks = partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions);
    PrepareSettings.Options options =
        new PrepareSettings.Options(
            sequenceLength,
            new PrepareSettings.Sharding(recordsPerShard, tasks, maxRejectRate),
            new PrepareSettings.Pictures(
                embedImages, checkPictures, PrepareSettings.Pictures.filter(pictureFilter)),
            seed,
            new PrepareSettings.Texts(Placeholders.of(System.getenv()), templates()));
    PrepareSettings settings =
        new PrepareSettings(
            ConfigLoader.loadData(data),
            output,
            options,
            append ? PrepareSettings.Mode.APPEND : PrepareSettings.Mode.CREATE);
    PrepareResult result = PrepareJob.run(PrepareMain::spark, settings, HadoopSettings.ofProcess());
    spec.commandLine().getOut().print(PrepareReport.text(result, output));
    spec.commandLine().getOut().flush();
    return CommandLines.DONE;
  }

  private static JavaSparkContext spark() {
    SparkSession spark = SparkSession.builder().appName("sparkmm prepare").getOrCreate();
    return JavaSparkContext.fromSparkContext(spark.sparkContext());
  }
}
