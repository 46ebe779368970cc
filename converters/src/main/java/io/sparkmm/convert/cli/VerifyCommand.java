package io.sparkmm.convert.cli;

import io.sparkmm.convert.verify.FolderVerifier;
import io.sparkmm.convert.verify.VerifyReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks a folder and reports all problems. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description =
        "Checks a folder with weights and reports all problems: every byte against the manifest of"
            + " its conversion where there is one; otherwise what its kind allows, such as the"
            + " headers and the index of safetensors files.")
final class VerifyCommand implements Callable<Integer> {

  @Parameters(paramLabel = "<folder>", description = "A folder that holds a checkpoint.")
  private Path folder;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    VerifyReport report = FolderVerifier.verify(folder);
    PrintWriter out = spec.commandLine().getOut();
    report.problems().forEach(problem -> out.println("problem: " + problem));
    report.warnings().forEach(warning -> out.println("warning: " + warning));
    out.println(report.summary());
    return report.isSound() ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
