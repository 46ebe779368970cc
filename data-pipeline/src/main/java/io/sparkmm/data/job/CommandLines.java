package io.sparkmm.data.job;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.data.sample.DataException;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/** Runs commands with the exit codes that all of SparkMM uses. */
public final class CommandLines {
  /** The work was done. */
  public static final int DONE = 0;

  /** The work failed. */
  public static final int FAILED = 1;

  /** The command line or the configuration is wrong; nothing was done. */
  public static final int WRONG_USAGE = 2;

  private CommandLines() {}

  /**
   * Parses the arguments and calls the command. An exception's message goes to standard error, and
   * its stack trace too unless it is one that explains itself.
   *
   * @param command a picocli command
   * @return {@link #DONE}, {@link #FAILED} or {@link #WRONG_USAGE}
   */
  public static int run(Callable<Integer> command, String... args) {
    CommandLine line = new CommandLine(command);
    line.setExecutionExceptionHandler((failure, commandLine, parsed) -> report(failure, line));
    return line.execute(args);
  }

  private static int report(Exception failure, CommandLine line) {
    line.getErr().println("Error: " + failure.getMessage());
    if (failure instanceof ConfigException) {
      line.getErr().flush();
      return WRONG_USAGE;
    }
    if (failure instanceof DataException known) {
      line.getErr().flush();
      return known.kind() == DataException.Kind.SETTING ? WRONG_USAGE : FAILED;
    }
    failure.printStackTrace(line.getErr());
    line.getErr().flush();
    return FAILED;
  }
}
