package io.sparkmm.train.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The verb {@code bench collectives}: how fast workers exchange bytes, against copying them. */
@Command(
    name = "collectives",
    mixinStandardHelpOptions = true,
    description = {
      "Measures all-gather, reduce-scatter and all-reduce between worker processes on this machine"
          + " against copying the same bytes in memory, in the same run."
    })
public final class BenchCollectivesMain implements Callable<Integer> {
  private static final long KIB = 1024;

  @Spec private CommandSpec spec;

  @Option(names = "--output", required = true, description = "Folder for results and logs.")
  private Path output;

  @Option(
      names = "--workers",
      split = ",",
      defaultValue = "2",
      description = "Numbers of worker processes to measure with. Default: ${DEFAULT-VALUE}.")
  private List<Integer> workers;

  @Option(
      names = "--sizes",
      split = ",",
      defaultValue = "4,64,1024,16384,65536,262144",
      description = "Sizes of the larger buffer in KiB. Default: ${DEFAULT-VALUE}.")
  private List<Long> sizes;

  @Option(
      names = "--seconds",
      defaultValue = "2",
      description = "Time of a measurement. Default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(names = "--threads", defaultValue = "1", description = "Threads of a worker.")
  private int threads;

  @Option(names = "--timeout", defaultValue = "1800", description = "Longest time in seconds.")
  private long timeout;

  @Override
  public Integer call() throws IOException {
    check(workers.stream().allMatch(n -> n >= 2 && n <= 64), "--workers must be 2 to 64");
    check(sizes.stream().allMatch(n -> n >= 1), "--sizes must be at least 1 KiB");
    check(seconds > 0 && threads >= 1 && timeout >= 1, "numbers must be positive");
    Files.createDirectories(output);
    BenchProcesses processes = new BenchProcesses(output, "256m", timeout);
    ObjectNode figures = JsonNodeFactory.instance.objectNode();
    PrintWriter out = spec.commandLine().getOut();
    for (int ranks : workers) {
      spec.commandLine().getErr().printf("bench: %d workers%n", ranks);
      spec.commandLine().getErr().flush();
      ObjectNode task = JsonNodeFactory.instance.objectNode();
      task.put("kind", CollectivesTask.KIND);
      task.put("seconds", seconds);
      sizes.forEach(size -> task.withArray("/sizes").add(size * KIB));
      JsonNode measured = processes.ranks("collectives-" + ranks, ranks, threads, task).get(0);
      figures.set(ranks + " workers", table(ranks, measured, out));
    }
    Path file = output.resolve("bench-collectives.json");
    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), figures);
    out.printf("figures: %s%n", file);
    out.flush();
    return 0;
  }

  /** Prints the figures of a number of workers and adds bandwidths to them. */
  private static JsonNode table(int ranks, JsonNode measured, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%n%d workers, %s%n%-15s %12s %12s %12s %12s %8s%n",
        ranks,
        measured.path(0).path("transport").asText(),
        "operation",
        "bytes",
        "time",
        "algorithm",
        "bus",
        "of copy");
    double copy = 0;
    for (JsonNode entry : measured) {
      CollectivesTask.Operation operation =
          CollectivesTask.Operation.valueOf(
              entry.get("operation").textValue().toUpperCase(Locale.ROOT).replace('-', '_'));
      double rate = entry.get("bytes").doubleValue() / entry.get("seconds").doubleValue() / 1e9;
      double bus = rate * operation.busFactor(ranks);
      copy = operation == CollectivesTask.Operation.COPY ? rate : copy;
      ((ObjectNode) entry).put("algorithm_gb_per_second", rate);
      ((ObjectNode) entry).put("bus_gb_per_second", bus);
      ((ObjectNode) entry).put("of_copy", bus / copy);
      out.printf(
          Locale.ROOT,
          "%-15s %,12d %9.3f ms %7.2f GB/s %7.2f GB/s %7.1f%%%n",
          operation.text(),
          entry.get("bytes").longValue(),
          entry.get("seconds").doubleValue() * 1e3,
          rate,
          bus,
          100 * bus / copy);
    }
    return measured;
  }

  private void check(boolean holds, String problem) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), problem);
    }
  }
}
