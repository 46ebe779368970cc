package io.sparkmm.data.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.job.CommandLines;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardManifestParser;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The verb {@code bench prepare}: how fast preparation is, as ratios against its parts and peers.
 */
@Command(
    name = "prepare",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a LLaVA-like set and measures its preparation against the bare tokenizer on the same"
          + " texts, with one core and with all of them, each in a process of its own."
    })
public final class BenchPrepareMain implements Callable<Integer> {
  private static final String PEER_SCRIPT = "llamafactory_prepare.py";

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      description = "Folder with tokenizer.json and preprocessor_config.json of a Qwen2-VL.")
  private Path model;

  @Option(
      names = "--photos",
      required = true,
      description = "Folder of JPEG or PNG files to take the pictures from.")
  private Path photos;

  @Option(names = "--output", required = true, description = "Folder to make; must not exist.")
  private Path output;

  @Option(names = "--records", defaultValue = "20000", description = "Default: ${DEFAULT-VALUE}.")
  private int records;

  @Option(
      names = "--pictures",
      defaultValue = "1000",
      description = "Picture files, copies of the photos. Default: ${DEFAULT-VALUE}.")
  private int pictures;

  @Option(
      names = "--cores",
      split = ",",
      description = "Numbers of cores to measure with. Default: 1 and all.")
  private List<Integer> cores = List.of();

  @Option(
      names = "--heap",
      defaultValue = "640m",
      description = "Most heap of a measured process. Default: ${DEFAULT-VALUE}.")
  private String heap;

  @Option(
      names = "--peer-python",
      description = "A Python with llamafactory, to measure its preparation, too.")
  private Optional<Path> peerPython;

  @Option(
      names = "--peer-records",
      defaultValue = "1000",
      description = "Records that the peer prepares. Default: ${DEFAULT-VALUE}.")
  private int peerRecords;

  @Option(names = "--seq-length", defaultValue = "2048", description = "Default: ${DEFAULT-VALUE}.")
  private int sequenceLength;

  @Option(names = "--seed", defaultValue = "0", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  /** Runs the verb and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static int run(String[] args) {
    return CommandLines.run(new BenchPrepareMain(), args);
  }

  @Override
  public Integer call() throws IOException {
    check(records >= 1 && pictures >= 1 && peerRecords >= 1, "counts must be at least 1");
    int all = Runtime.getRuntime().availableProcessors();
    List<Integer> runs = !cores.isEmpty() ? cores : all > 1 ? List.of(1, all) : List.of(1);
    check(runs.stream().allMatch(n -> n >= 1 && n <= all), "--cores must be from 1 to " + all);
    try {
      Files.createDirectory(output);
    } catch (FileAlreadyExistsException e) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot write " + output + ": it exists already; remove it or choose another name",
          e);
    }
    say("making %,d records and %,d pictures", records, pictures);
    LlavaLikeSet set =
        LlavaLikeSet.make(
            output.resolve("set"), new LlavaLikeSet.Plan(records, pictures, photos, model, seed));
    MeasuredProcess process = new MeasuredProcess(output, heap);
    BenchPrepareReport report = new BenchPrepareReport(records, pictures, heap);
    for (int n : runs) {
      report.add(measure(process, set, n));
    }
    say("measuring the stages on one core");
    report.stages(
        process.java(
            "stages",
            1,
            List.of(
                "stages",
                set.dataJson().toString(),
                output.resolve("stages").toString(),
                Integer.toString(sequenceLength),
                Integer.toString(Math.min(records, 20_000)))));
    if (peerPython.isPresent()) {
      int n = runs.get(runs.size() - 1);
      report.peer(n, peer(process, set, peerPython.get(), n));
    }
    Files.writeString(output.resolve("bench.json"), report.json());
    spec.commandLine().getOut().print(report.text());
    spec.commandLine().getOut().printf("figures: %s%n", output.resolve("bench.json"));
    spec.commandLine().getOut().flush();
    return CommandLines.DONE;
  }

  private BenchPrepareReport.Run measure(MeasuredProcess process, LlavaLikeSet set, int n)
      throws IOException {
    say("the bare tokenizer with %d cores", n);
    JsonNode bare =
        process.java(
            "tokenize-" + n,
            n,
            List.of(
                "tokenize",
                Integer.toString(n),
                model.resolve("tokenizer.json").toString(),
                set.records().toString()));
    say("the preparation with %d cores", n);
    Path prepared = output.resolve("prepared-" + n);
    JsonNode job =
        process.java(
            "prepare-" + n,
            n,
            List.of(
                "prepare",
                "--mm-data",
                set.dataJson().toString(),
                "--output",
                prepared.toString(),
                "--seq-length",
                Integer.toString(sequenceLength)));
    Path file = prepared.resolve(ShardManifest.FILE_NAME);
    ShardManifest manifest =
        ShardManifestParser.fromJson(
            Files.readString(file, StandardCharsets.UTF_8), file.toString());
    return new BenchPrepareReport.Run(
        n,
        bare,
        job,
        manifest.rows(Split.TRAIN),
        manifest.tokens(Split.TRAIN),
        manifest.bytes(Split.TRAIN));
  }

  private JsonNode peer(MeasuredProcess process, LlavaLikeSet set, Path python, int n)
      throws IOException {
    say("LLaMA-Factory with %d processes on %,d records", n, Math.min(records, peerRecords));
    Path script = output.resolve(PEER_SCRIPT);
    try (InputStream source = BenchPrepareMain.class.getResourceAsStream(PEER_SCRIPT)) {
      Files.copy(source, script);
    }
    return process.program(
        "llamafactory",
        n,
        List.of(
            python.toString(),
            script.toString(),
            model.toString(),
            set.records().toString(),
            set.pictures().toString(),
            Integer.toString(Math.min(records, peerRecords)),
            Integer.toString(n),
            output.resolve("llamafactory").toString()));
  }

  private void check(boolean holds, String problem) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), problem);
    }
  }

  private void say(String text, Object... values) {
    spec.commandLine().getErr().printf("bench: " + text + "%n", values);
    spec.commandLine().getErr().flush();
  }
}
