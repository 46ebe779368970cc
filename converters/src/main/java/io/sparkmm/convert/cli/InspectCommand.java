package io.sparkmm.convert.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists the tensors of a file or a folder. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description =
        "Lists the tensors of a safetensors or .pt file, a Hugging Face folder, a checkpoint of"
            + " ranks or a distributed checkpoint.")
final class InspectCommand implements Callable<Integer> {

  @Parameters(paramLabel = "<folder|file>", description = "A file or a folder that holds weights.")
  private Path path;

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Listing listing = Listings.of(path);
    if (json) {
      listing.printJson(out);
    } else {
      listing.printTable(out);
    }
    out.flush();
    return 0;
  }
}
