package io.sparkmm.data.job;

import io.sparkmm.data.coco.BoxStyle;
import io.sparkmm.data.coco.CocoTexts;
import io.sparkmm.data.sample.DataException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The verb {@code import-coco}: COCO captions and instances to "mllm" JSON. */
@Command(
    name = "import-coco",
    mixinStandardHelpOptions = true,
    description = "Converts COCO captions and instances to conversations that prepare reads.")
public final class ImportCocoMain implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--captions", description = "File with captions, captions_train2017.json.")
  private String captions;

  @Option(names = "--instances", description = "File with objects, instances_train2017.json.")
  private String instances;

  @Mixin private CocoPictureOptions pictures;

  @Option(
      names = "--output_json_path",
      description = "File to make; must not exist. Default: ${DEFAULT-VALUE}.")
  private String output = "./data/mllm_format_coco_data.json";

  @Option(
      names = "--caption-prompt",
      description = "Question for a caption. Default: ${DEFAULT-VALUE}")
  private String captionPrompt = CocoTexts.DEFAULT_CAPTION_PROMPT;

  @Option(
      names = "--first-caption",
      description = "Use the first caption of a picture only, not a record for each.")
  private boolean firstCaption;

  @Option(
      names = "--instance-prompt",
      description = "Question for the objects. Default: one that fits --boxes.")
  private String instancePrompt;

  @Option(
      names = "--boxes",
      description =
          "How objects are named: qwen2vl (its box tokens, 0 to 999), relative (JSON, 0 to 999),"
              + " pixels (JSON, pixels of the file), none (counts). Default: ${DEFAULT-VALUE}.")
  private String boxes = BoxStyle.QWEN2VL.word();

  @Option(names = "--crowds", description = "Name groups with iscrowd = 1, too.")
  private boolean crowds;

  /** Runs the verb and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the verb and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static int run(String[] args) {
    return CommandLines.run(new ImportCocoMain(), args);
  }

  @Override
  public Integer call() {
    ImportCocoSettings settings =
        new ImportCocoSettings(
            new ImportCocoSettings.Sources(
                Optional.ofNullable(captions),
                Optional.ofNullable(instances),
                pictures.mediaRoot(),
                pictures.imageFolder()),
            texts(),
            output,
            OptionalInt.empty());
    SparkSession spark = SparkSession.builder().appName("sparkmm import-coco").getOrCreate();
    ImportCocoJob.Report report =
        ImportCocoJob.run(JavaSparkContext.fromSparkContext(spark.sparkContext()), settings);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "import-coco: %,d records in %s, %,d pictures without annotations%n",
        report.records().kept(),
        output,
        report.barePictures());
    out.print(PrepareReport.rejects("dropped", report.records().dropped()));
    out.flush();
    return CommandLines.DONE;
  }

  private CocoTexts texts() {
    BoxStyle style = BoxStyle.words().get(boxes);
    if (style == null) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot use --boxes " + boxes + ": it has to be one of " + BoxStyle.words().keySet());
    }
    String fitting =
        style == BoxStyle.NONE ? CocoTexts.DEFAULT_COUNT_PROMPT : CocoTexts.DEFAULT_BOX_PROMPT;
    return new CocoTexts(
        captionPrompt,
        !firstCaption,
        Optional.ofNullable(instancePrompt).orElse(fitting),
        style,
        crowds);
  }
}
