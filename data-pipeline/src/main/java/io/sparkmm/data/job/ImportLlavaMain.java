package io.sparkmm.data.job;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The verb {@code import-llava}: LLaVA-Instruct to "mllm" JSON. */
@Command(
    name = "import-llava",
    mixinStandardHelpOptions = true,
    description = "Converts a LLaVA-Instruct file to the JSON that prepare reads.")
public final class ImportLlavaMain implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--llava_json_path", description = "Default: ${DEFAULT-VALUE}.")
  private String input = "./data/llava_instruct_150k.json";

  @Mixin private CocoPictureOptions pictures;

  @Option(
      names = "--output_json_path",
      description = "File to make; must not exist. Default: ${DEFAULT-VALUE}.")
  private String output = "./data/mllm_format_llava_instruct_data.json";

  /** Runs the verb and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the verb and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static int run(String[] args) {
    return CommandLines.run(new ImportLlavaMain(), args);
  }

  @Override
  public Integer call() {
    SparkSession spark = SparkSession.builder().appName("sparkmm import-llava").getOrCreate();
    ImportReport report =
        ImportLlavaJob.run(
            JavaSparkContext.fromSparkContext(spark.sparkContext()),
            new ImportSettings(
                input, pictures.mediaRoot(), pictures.imageFolder(), output, OptionalInt.empty()));
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "import-llava: %,d records in %s%n", report.kept(), output);
    out.print(PrepareReport.rejects("dropped", report.dropped()));
    out.flush();
    return CommandLines.DONE;
  }
}
