package io.sparkmm.train.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The verb {@code bench train}: how fast a training step is, as ratios. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = {
      "Trains a Qwen2-VL on synthetic rows, with one worker on all threads, with two workers on half"
          + " of them each, and with one worker on half of them at half the batch; every worker is a"
          + " process of its own. Float32, AdamW, gradients clipped."
    })
public final class BenchTrainMain implements Callable<Integer> {
  private static final String PEER_SCRIPT = "train_peer.py";

  @Spec private CommandSpec spec;

  @Option(names = "--output", required = true, description = "Folder for results and logs.")
  private Path output;

  @Option(
      names = "--model",
      defaultValue = "30M",
      description =
          "Size of the model: tiny, 30M, 100M, 300M, or a Qwen2-VL's config.json. Default:"
              + " ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--rows",
      defaultValue = "4",
      description = "Rows of a batch, an even number. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--seq-length",
      defaultValue = "256",
      description = "Tokens of a row. Default: ${DEFAULT-VALUE}.")
  private int columns;

  @Option(
      names = "--grid",
      defaultValue = "16",
      description = "Patches along the sides of a row's picture. Default: ${DEFAULT-VALUE}.")
  private int grid;

  @Option(
      names = "--iterations",
      defaultValue = "20",
      description = "Measured iterations. Default: ${DEFAULT-VALUE}.")
  private int iterations;

  @Option(
      names = "--warm-up",
      defaultValue = "5",
      description = "Iterations before. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(
      names = "--threads",
      defaultValue = "0",
      description = "Threads of all workers together. Default: processors.")
  private int threads;

  @Option(
      names = "--heap",
      defaultValue = "1g",
      description = "Most Java heap of a worker. Default: ${DEFAULT-VALUE}.")
  private String heap;

  @Option(names = "--timeout", defaultValue = "3600", description = "Longest time in seconds.")
  private long timeout;

  @Option(
      names = "--peer-python",
      description = "A Python with transformers, to train the same model with it, too.")
  private Optional<Path> peerPython;

  private BenchProcesses processes;
  private BenchTrainReport report;
  private JsonNode config;

  @Override
  public Integer call() throws IOException {
    int all = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    check(rows >= 2 && rows % 2 == 0, "--rows must be an even number");
    check(iterations >= 1 && warmUp >= 1 && timeout >= 1 && threads >= 0, "numbers are too small");
    config = BenchModel.config(model);
    // Says at once if the sizes do not fit.
    new SyntheticProgram(config, shape());
    Files.createDirectories(output);
    processes = new BenchProcesses(output, heap, timeout);
    report = new BenchTrainReport(model, rows, columns, all);
    int half = Math.max(1, all / 2);
    report.add(BenchTrainReport.ONE, measure("one", 1, all, rows));
    report.add(BenchTrainReport.TWO, measure("two", 2, half, rows / 2));
    report.add(BenchTrainReport.HALF, measure("half", 1, half, rows / 2));
    if (peerPython.isPresent()) {
      Path script = output.resolve(PEER_SCRIPT);
      try (InputStream source = BenchTrainMain.class.getResourceAsStream(PEER_SCRIPT)) {
        Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
      }
      report.add(BenchTrainReport.PEER, List.of(peer(script, "peer", 1, all, rows)));
      report.add(BenchTrainReport.PEER_TWO, List.of(peer(script, "peer-fsdp2", 2, half, rows / 2)));
    }
    Path file = output.resolve("bench-train.json");
    Files.writeString(file, report.json());
    spec.commandLine().getOut().print(report.text());
    spec.commandLine().getOut().printf("figures: %s%n", file);
    spec.commandLine().getOut().flush();
    return 0;
  }

  private List<JsonNode> measure(String name, int ranks, int each, int microBatch) {
    say("%d worker(s), %d thread(s) and %d row(s) each", ranks, each, microBatch);
    return processes.ranks(name, ranks, each, task(microBatch));
  }

  private JsonNode peer(Path script, String name, int ranks, int each, int microBatch)
      throws IOException {
    say("transformers, %d process(es), %d thread(s) and %d row(s) each", ranks, each, microBatch);
    Path task = output.resolve(name + ".task.json");
    ObjectNode whole = task(microBatch);
    whole.put("ranks", ranks);
    whole.put("threads", each);
    long flops = new SyntheticProgram(config, shape()).flopsPerRow() * microBatch;
    whole.put("flops", flops);
    new ObjectMapper().writeValue(task.toFile(), whole);
    return processes.program(
        name,
        List.of(peerPython.orElseThrow().toString(), script.toString(), task.toString()),
        Map.of("OMP_NUM_THREADS", Integer.toString(each)));
  }

  private SyntheticProgram.Shape shape() {
    return new SyntheticProgram.Shape(columns, grid);
  }

  private ObjectNode task(int microBatch) {
    ObjectNode task = JsonNodeFactory.instance.objectNode();
    task.put("kind", TrainTask.KIND);
    task.set("config", config);
    task.put("rows", microBatch);
    task.put("columns", columns);
    task.put("grid", grid);
    task.put("iterations", iterations);
    task.put("warm_up", warmUp);
    return task;
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
