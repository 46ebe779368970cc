package io.sparkmm.data.job;

import io.sparkmm.data.shard.DataSetVersions;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The verb {@code inspect}: what is in a data set. */
@Command(
    name = "inspect",
    description = "Shows counts, lengths and the first samples of a data set.")
public final class InspectMain implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DATA_SET", description = "Folder that prepare has made.")
  private String folder;

  @Option(
      names = "--samples",
      description = "Samples to show per split. Default: ${DEFAULT-VALUE}.")
  private int samples = 3;

  @Option(
      names = "--model",
      description = "Checkpoint folder with the tokenizer; without it tokens are numbers.")
  private Path model;

  @Option(
      names = "--version",
      paramLabel = "NUMBER",
      description = "Version of the data set to show. Default: the newest.")
  private Integer version;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it.
  private boolean help;

  @Option(names = "--verify", description = "Compare the shards with their checksums.")
  private boolean verify;

  /** Runs the verb and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the verb and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static int run(String[] args) {
    return CommandLines.run(new InspectMain(), args);
  }

  @Override
  public Integer call() {
    Configuration configuration = new Configuration();
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder);
    ShardManifest manifest =
        version == null
            ? DataSetVersions.current(path, configuration)
            : DataSetVersions.read(path, version, configuration);
    PrintWriter out = spec.commandLine().getOut();
    out.print(PrepareReport.text(manifest, folder));
    manifest
        .origin()
        .configuration()
        .forEach((key, value) -> out.println("  " + key + " = " + value));
    try (Tokenizer tokenizer = model == null ? null : Tokenizer.load(model)) {
      SampleText text = new SampleText(Optional.ofNullable(tokenizer));
      for (Split split : manifest.shards().keySet()) {
        show(manifest, split, configuration, text);
      }
    }
    out.flush();
    return CommandLines.DONE;
  }

  private void show(
      ShardManifest manifest, Split split, Configuration configuration, SampleText text) {
    PrintWriter out = spec.commandLine().getOut();
    try (ShardReader reader =
        ShardReader.of(
            new org.apache.hadoop.fs.Path(folder),
            manifest,
            split,
            configuration,
            ShardReader.DEFAULT_CACHE_BYTES)) {
      if (verify) {
        reader.verify();
        out.println(split.folder() + ": all shards agree with their checksums");
      }
      LengthHistogram lengths = new LengthHistogram();
      for (long index = 0; index < reader.size(); index++) {
        lengths.add(reader.read(index).inputIds().length);
      }
      out.print(split.folder() + ": " + lengths.text());
      for (long index = 0; index < Math.min(samples, reader.size()); index++) {
        out.print("\n" + text.of(reader.read(index)));
      }
    }
  }
}
