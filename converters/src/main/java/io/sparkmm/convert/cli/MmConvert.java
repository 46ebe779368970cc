package io.sparkmm.convert.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Entry point of {@code mm-convert}. Exit codes: 0 done, 1 the data is at fault, 2 wrong usage. */
public final class MmConvert {

  /** Exit code for wrong usage. */
  static final int USAGE = 2;

  private MmConvert() {}

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the command on the standard streams with the environment of the process. */
  public static int run(String[] args) {
    return run(
        List.of(args),
        System.getenv(),
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8));
  }

  /**
   * Runs the command.
   *
   * @param environment variables that may stand for options
   * @param out receives results and help
   * @param err receives errors and warnings
   * @return the exit code
   */
  public static int run(
      List<String> args, Map<String, String> environment, PrintWriter out, PrintWriter err) {
    if (!args.isEmpty() && Tools.NAMES.contains(args.get(0))) {
      return Tools.run(args, out, err);
    }
    return new ConvertTool(environment, out, err).run(args);
  }
}
