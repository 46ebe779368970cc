package io.sparkmm.quickstart;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The verb {@code quickstart}. */
@Command(
    name = "quickstart",
    mixinStandardHelpOptions = true,
    description =
        "Draws a data set, prepares it, trains a small Qwen2-VL on it, exports the model and asks"
            + " it questions that it has not seen.")
public final class QuickstartMain implements Callable<Integer> {
  @Option(
      names = "--output",
      description = "Folder to make; must not exist. Default: ${DEFAULT-VALUE}.")
  private Path output = Path.of("quickstart-output");

  @Option(names = "--pictures", description = "Training pictures. Default: ${DEFAULT-VALUE}.")
  private int pictures = 8000;

  @Option(names = "--heldout", description = "Held-out scenes. Default: ${DEFAULT-VALUE}.")
  private int heldOut = 400;

  @Option(names = "--iterations", description = "Training iterations. Default: ${DEFAULT-VALUE}.")
  private int iterations = 1200;

  @Option(names = "--workers", description = "Training workers. Default: ${DEFAULT-VALUE}.")
  private int workers = 2;

  @Option(names = "--seed", description = "Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  /** Runs the verb and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the verb and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static int run(String[] args) {
    return new CommandLine(new QuickstartMain())
        .setExecutionExceptionHandler(
            (error, line, result) -> {
              line.getErr().println("quickstart: " + error.getMessage());
              return error instanceof QuickstartException failed ? failed.exitCode() : 1;
            })
        .execute(args);
  }

  @Override
  public Integer call() throws Exception {
    new Quickstart(new QuickstartSettings(output, pictures, heldOut, iterations, workers, seed))
        .run();
    return 0;
  }
}
