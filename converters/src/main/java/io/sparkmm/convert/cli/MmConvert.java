package io.sparkmm.convert.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Entry point of {@code mm-convert}. Exit codes: 0 done, 1 the data is at fault, 2 wrong usage. */
@Command(
    name = "mm-convert",
    mixinStandardHelpOptions = true,
    version = "mm-convert 0.1.0",
    description = "Looks into checkpoints of safetensors files.",
    footer = {
      "",
      "Conversion between layouts (mm-convert <Converter> <command> ...) is not available in this"
          + " version; calling a converter ends with exit code 2.",
      "Exit codes: 0 done, 1 the data is at fault, 2 wrong usage."
    },
    subcommands = {InspectCommand.class, VerifyCommand.class})
public final class MmConvert implements Runnable {

  /** Exit code for wrong usage. */
  static final int USAGE = 2;

  /** Names that belong to the conversion tree, so that using one gets an honest answer. */
  private static final List<String> CONVERTERS =
      List.of(
          "GenericDCPConverter",
          "InternVLConverter",
          "Qwen2VLConverter",
          "Qwen2_5_VLConverter",
          "Qwen3VLConverter",
          "Qwen3VLMegatronConverter");

  @Spec private CommandSpec spec;

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the command on the standard streams. */
  public static int run(String[] args) {
    return run(
        args,
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8));
  }

  /**
   * Runs the command.
   *
   * @param out receives results and help
   * @param err receives errors
   * @return the exit code
   */
  public static int run(String[] args, PrintWriter out, PrintWriter err) {
    if (args.length > 0 && CONVERTERS.contains(args[0])) {
      err.println(
          "mm-convert: "
              + String.join(" ", Arrays.asList(args).subList(0, Math.min(args.length, 2)))
              + " is not available in this version; available are inspect and verify");
      return USAGE;
    }
    return new CommandLine(new MmConvert())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              command.getErr().println("mm-convert: " + failure.getMessage());
              return CommandLine.ExitCode.SOFTWARE;
            })
        .execute(args);
  }

  /** Called when no command was given. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Missing command; available are inspect and verify");
  }
}
