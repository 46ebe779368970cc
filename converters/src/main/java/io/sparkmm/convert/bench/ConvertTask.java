package io.sparkmm.convert.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.command.HfToMm;
import io.sparkmm.convert.command.HfToMmOptions;
import io.sparkmm.convert.command.MmToHf;
import io.sparkmm.convert.command.MmToHfOptions;
import io.sparkmm.convert.command.Resplit;
import io.sparkmm.convert.command.ResplitOptions;
import io.sparkmm.convert.execute.ConversionResult;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.manifest.ConversionManifest;
import io.sparkmm.convert.model.ModelFamilies;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.plan.PlannedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The part of the benchmark that runs in a process of its own. Arguments: the file for the result,
 * the task, the folder to read, the folder to write, the number of threads, and what the task needs
 * besides.
 */
final class ConvertTask {

  private static final double NANOS = 1e9;

  private ConvertTask() {}

  /** Runs the task; the exit code is 0 when the result was written. */
  public static void main(String[] args) throws IOException {
    long begin = System.nanoTime();
    List<String> rest = Arrays.asList(args).subList(5, args.length);
    ConversionPlan plan = plan(args[1], Path.of(args[2]), Path.of(args[3]), rest);
    double planned = (System.nanoTime() - begin) / NANOS;
    ConversionResult result =
        PlanExecutor.execute(
            plan, ExecutionOptions.defaults().withThreads(Integer.parseInt(args[4])));
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("seconds", (System.nanoTime() - begin) / NANOS);
    node.put("plan_seconds", planned);
    node.put("bytes", result.bytes());
    node.put("peak_rss_mib", peakResidentMebibytes());
    new ObjectMapper().writeValue(Path.of(args[0]).toFile(), node);
  }

  private static ConversionPlan plan(String task, Path source, Path target, List<String> rest)
      throws IOException {
    ModelFamily family = ModelFamilies.standard().family("Qwen2VLConverter");
    return switch (task) {
      case "copy" -> copy(source, target);
      case "hf_to_mm" ->
          HfToMm.plan(
              family,
              new HfToMmOptions(
                  target,
                  BenchLayout.parse(rest.get(0)),
                  source,
                  Optional.empty(),
                  false,
                  false,
                  false));
      case "mm_to_hf" ->
          MmToHf.plan(
              family,
              new MmToHfOptions(
                  source,
                  Optional.empty(),
                  BenchLayout.parse(rest.get(0)),
                  Path.of(rest.get(1)),
                  target,
                  false));
      case "resplit" ->
          Resplit.plan(
              family,
              new ResplitOptions(
                  source,
                  Optional.empty(),
                  BenchLayout.parse(rest.get(0)),
                  target,
                  BenchLayout.parse(rest.get(1))));
      default -> throw new IllegalArgumentException("Cannot run task " + task);
    };
  }

  /** Every file of a folder as it is. */
  private static ConversionPlan copy(Path source, Path target) throws IOException {
    List<Path> sources;
    try (Stream<Path> paths = Files.list(source)) {
      sources = paths.filter(Files::isRegularFile).sorted().toList();
    }
    List<PlannedFile> files = new ArrayList<>();
    for (Path file : sources) {
      if (!file.endsWith(ConversionManifest.FILE_NAME)) {
        files.add(WholeFile.copyOf(file));
      }
    }
    return new ConversionPlan(
        "bench copy",
        OutputFolder.plain(target),
        files,
        List.of(),
        sources,
        new TreeMap<>(),
        List.of());
  }

  /** The most physical memory that this process ever had, 0 where the system does not tell. */
  private static long peakResidentMebibytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
        .findFirst()
        .orElse(0);
  }
}
