package io.sparkmm.convert.cli;

import io.sparkmm.convert.safetensors.CheckpointFolder;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSource;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    description = "Lists the tensors of a safetensors file or of a checkpoint folder.")
final class InspectCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<folder|file>",
      description = "A *.safetensors file or a folder that holds a checkpoint.")
  private Path path;

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (TensorSource source =
        Files.isRegularFile(path) ? SafetensorsFile.open(path) : CheckpointFolder.open(path)) {
      List<TensorRef> tensors = source.tensors();
      Listing listing = new Listing(tensors, source.metadata());
      if (json) {
        listing.printJson(out);
      } else {
        listing.printTable(out);
      }
    }
    out.flush();
    return 0;
  }
}
