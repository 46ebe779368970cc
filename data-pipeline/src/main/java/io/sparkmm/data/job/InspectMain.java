package io.sparkmm.data.job;

import io.sparkmm.data.inspect.DataSetView;
import io.sparkmm.data.inspect.InspectPage;
import io.sparkmm.data.inspect.SampleChoice;
import io.sparkmm.data.inspect.SampleText;
import io.sparkmm.data.inspect.StatisticsText;
import io.sparkmm.data.inspect.TokenizerChoice;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The verb {@code inspect}: what is in a data set. */
@Command(
    name = "inspect",
    description =
        "Shows counts, sizes and samples of a data set, as text or with --html as a page.")
public final class InspectMain implements Callable<Integer> {
  private static final int TEXT_SAMPLES = 3;
  private static final int PAGE_SAMPLES = 20;
  private static final int MAX_SAMPLES = 1000;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DATA_SET", description = "Folder that prepare has made.")
  private String folder;

  @Option(names = "--html", paramLabel = "FILE", description = "Write a page, with pictures.")
  private Path html;

  @Option(
      names = "--samples",
      paramLabel = "NUMBER",
      description = "Samples to show per split. Default: 3, in a page 20.")
  private Integer samples;

  @Option(names = "--split", description = "Only this split: train or val.")
  private String split;

  @Option(
      names = "--seed",
      description =
          "Choose the samples over the whole split by this number. Default: 0 in a page, else the"
              + " first samples are shown.")
  private Long seed;

  @Option(
      names = "--ids",
      split = ",",
      paramLabel = "ID",
      description = "Show the samples of these ids, separated by commas or by more --ids.")
  private List<String> ids = List.of();

  @Option(
      names = {"--tokenizer", "--model"},
      paramLabel = "FOLDER",
      description =
          "Folder with the tokenizer. Default: the one that the data set was prepared with.")
  private Path tokenizer;

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
    SampleChoice choice = choice();
    DataSetView view = view();
    PrintWriter out = spec.commandLine().getOut();
    out.print(PrepareReport.text(view.manifest(), folder));
    if (verify) {
      verify(view, out);
    }
    try (TokenizerChoice tokens =
        tokenizer == null
            ? TokenizerChoice.recorded(view.manifest())
            : TokenizerChoice.of(tokenizer, view.manifest())) {
      DataSetView.Survey survey = survey(view);
      if (html == null) {
        print(view, survey, choice, tokens);
      } else {
        new InspectPage(view, tokens).write(html, survey, view.samples(choice, survey));
        out.println(tokens.explanation());
        out.println("page: " + html);
      }
    }
    out.flush();
    return CommandLines.DONE;
  }

  private SampleChoice choice() {
    if (!ids.isEmpty()) {
      return SampleChoice.named(ids);
    }
    int count = samples != null ? samples : html == null ? TEXT_SAMPLES : PAGE_SAMPLES;
    if (count < 0 || count > MAX_SAMPLES) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot use --samples " + count + ": expected 0 to " + MAX_SAMPLES);
    }
    OptionalLong start =
        seed != null
            ? OptionalLong.of(seed)
            : html == null ? OptionalLong.empty() : OptionalLong.of(0);
    return new SampleChoice(count, start, List.of());
  }

  private DataSetView view() {
    Configuration configuration = new Configuration();
    DataSetView view =
        version == null
            ? DataSetView.open(folder, configuration)
            : DataSetView.open(folder, version, configuration);
    if (split == null) {
      return view;
    }
    for (Split known : Split.values()) {
      if (known.folder().equals(split.toLowerCase(Locale.ROOT))) {
        return view.only(known);
      }
    }
    throw new DataException(
        DataException.Kind.SETTING,
        "Cannot use --split "
            + split
            + ": expected "
            + Arrays.stream(Split.values()).map(Split::folder).collect(Collectors.joining(" or ")));
  }

  private DataSetView.Survey survey(DataSetView view) {
    try (ProgressPrinter progress = ProgressPrinter.start("inspect: samples", view.size())) {
      return view.survey(ids, progress::add);
    }
  }

  private void verify(DataSetView view, PrintWriter out) {
    for (Split known : view.splits()) {
      try (ShardReader reader = view.reader(known)) {
        reader.verify();
        out.println(known.folder() + ": all shards agree with their checksums");
      }
    }
  }

  private void print(
      DataSetView view, DataSetView.Survey survey, SampleChoice choice, TokenizerChoice tokens) {
    PrintWriter out = spec.commandLine().getOut();
    ShardManifest manifest = view.manifest();
    out.println("kind: " + manifest.kind().text());
    manifest
        .origin()
        .configuration()
        .forEach((key, value) -> out.println("  " + key + " = " + value));
    survey
        .splits()
        .forEach((known, numbers) -> out.print(known.folder() + ": " + StatisticsText.of(numbers)));
    out.println(tokens.explanation());
    SampleText text = new SampleText(tokens.tokenizer());
    for (DataSetView.Shown sample : view.samples(choice, survey)) {
      out.print("\n" + text.of(sample.sample()));
    }
  }
}
