package io.sparkmm.data.job;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The verb {@code import-rlhfv}: RLHF-V to preference records and pictures. */
@Command(
    name = "import-rlhfv",
    mixinStandardHelpOptions = true,
    description = "Converts RLHF-V to preference JSON, which prepare reads, and a picture folder.")
public final class ImportRlhfVMain implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--input",
      description = "Parquet or JSON file, or folder of such files. Default: ${DEFAULT-VALUE}.")
  private String input = "./data/datasets/rlhf-v";

  @Option(
      names = "--image-root",
      description =
          "Folder of the pictures, where rows name them by paths. Default: working folder.")
  private String pictureRoot = "";

  @Option(
      names = "--output",
      description = "Folder to make; must not exist. Default: ${DEFAULT-VALUE}.")
  private String output = "./data/rlhf-v";

  @Option(
      names = "--stored-folder",
      description =
          "What stands before the pictures' names in the records. Default: ${DEFAULT-VALUE}, which"
              + " goes with dataset_dir = the output folder.")
  private String storedFolder = ImportRlhfVSettings.PICTURES;

  /** Runs the verb and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the verb and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static int run(String[] args) {
    return CommandLines.run(new ImportRlhfVMain(), args);
  }

  @Override
  public Integer call() {
    SparkSession spark = SparkSession.builder().appName("sparkmm import-rlhfv").getOrCreate();
    ImportReport report =
        ImportRlhfVJob.run(
            JavaSparkContext.fromSparkContext(spark.sparkContext()),
            new ImportRlhfVSettings(input, pictureRoot, output, storedFolder, OptionalInt.empty()));
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "import-rlhfv: %,d records in %s/%s%n",
        report.kept(),
        output,
        ImportRlhfVSettings.RECORDS);
    out.print(PrepareReport.rejects("dropped", report.dropped()));
    out.flush();
    return CommandLines.DONE;
  }
}
