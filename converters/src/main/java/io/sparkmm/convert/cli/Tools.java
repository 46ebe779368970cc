package io.sparkmm.convert.cli;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands that look into checkpoints and convert nothing. */
@Command(
    name = "mm-convert",
    mixinStandardHelpOptions = true,
    version = "mm-convert 0.1.0",
    subcommands = {InspectCommand.class, VerifyCommand.class})
final class Tools implements Runnable {

  /** First words that {@link #run} is for. */
  static final List<String> NAMES = List.of("inspect", "verify", "--version", "-V");

  @Spec private CommandSpec spec;

  static int run(List<String> args, PrintWriter out, PrintWriter err) {
    return new CommandLine(new Tools())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              command.getErr().println("mm-convert: " + failure.getMessage());
              return CommandLine.ExitCode.SOFTWARE;
            })
        .execute(args.toArray(String[]::new));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
