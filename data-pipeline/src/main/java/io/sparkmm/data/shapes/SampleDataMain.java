package io.sparkmm.data.shapes;

import io.sparkmm.data.job.CommandLines;
import io.sparkmm.data.job.ProgressPrinter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The verb {@code sample-data}: draws the "shapes" set. */
@Command(
    name = "sample-data",
    mixinStandardHelpOptions = true,
    description = "Draws the \"shapes\" set: pictures with true conversations about them.")
public final class SampleDataMain implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--output", required = true, description = "Folder to make; must not exist.")
  private Path output;

  @Option(
      names = "--pictures",
      defaultValue = "8000",
      description = "Training pictures, one conversation each. Default: ${DEFAULT-VALUE}.")
  private int pictures;

  @Option(
      names = "--heldout",
      defaultValue = "400",
      description = "Held-out scenes, up to five questions each. Default: ${DEFAULT-VALUE}.")
  private int heldOut;

  @Option(
      names = "--preferences",
      defaultValue = "1000",
      description = "Preference rows. Default: ${DEFAULT-VALUE}.")
  private int preferences;

  @Option(names = "--seed", defaultValue = "0", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  /** Runs the verb and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the verb and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static int run(String[] args) {
    return CommandLines.run(new SampleDataMain(), args);
  }

  @Override
  public Integer call() {
    System.setProperty("java.awt.headless", "true");
    SampleDataSettings settings;
    try {
      settings = new SampleDataSettings(output, pictures, heldOut, preferences, seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    try (ProgressPrinter progress =
        ProgressPrinter.start("sample-data: pictures", (long) pictures + heldOut)) {
      SampleDataSet.write(settings, threads, progress::add);
    }
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "sample-data: %,d training pictures, %,d held-out scenes, %,d preference rows in %s%n",
            pictures,
            heldOut,
            preferences,
            output);
    return CommandLines.DONE;
  }
}
