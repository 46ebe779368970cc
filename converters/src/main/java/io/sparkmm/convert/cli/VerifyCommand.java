package io.sparkmm.convert.cli;

import io.sparkmm.convert.safetensors.CheckpointReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks every header and the index of a folder and reports all problems. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description =
        "Checks the headers of all safetensors files of a folder and the completeness of its"
            + " index; reports all problems. Does not read the weights themselves.")
final class VerifyCommand implements Callable<Integer> {

  @Parameters(paramLabel = "<folder>", description = "A folder that holds a checkpoint.")
  private Path folder;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CheckpointReport report = CheckpointReport.of(folder);
    PrintWriter out = spec.commandLine().getOut();
    report.problems().forEach(problem -> out.println("problem: " + problem));
    report.warnings().forEach(warning -> out.println("warning: " + warning));
    out.println(
        (report.problems().isEmpty() ? "sound: " : "not sound: ")
            + report.files()
            + " files, "
            + report.tensors()
            + " tensors, "
            + report.bytes()
            + " bytes, "
            + report.problems().size()
            + " problems, "
            + report.warnings().size()
            + " warnings");
    return report.problems().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
