package io.sparkmm.convert.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The verb {@code bench convert}: how fast conversions are, as ratios to copying the same bytes.
 */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a Hugging Face folder with the tensors of a real model and measures conversions of it"
          + " against copies of the same bytes, each in a process of its own. Needs disk space for"
          + " three times the model."
    })
public final class BenchConvertMain implements Callable<Integer> {

  private static final String PEER_SCRIPT = "upstream_convert.py";
  private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");

  @Spec private CommandSpec spec;

  @Option(
      names = "--output",
      required = true,
      description = "Folder for the model, results and logs. A model that is there is used again.")
  private Path output;

  @Option(
      names = "--model",
      defaultValue = "2B",
      description = "Qwen2-VL of this size: 2B, 7B or 72B. Default: ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--layers",
      defaultValue = "0",
      description = "Layers of its language model, for another size of files. Default: all.")
  private int layers;

  @Option(
      names = "--sparse",
      description = "Make files without bytes on disk. For trying out: reading them is no work.")
  private boolean sparse;

  @Option(
      names = "--rounds",
      defaultValue = "1",
      description = "Times to measure everything; the best counts. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--cold",
      description = "Empty the system's cache of files before each measurement, which needs root.")
  private boolean cold;

  @Option(names = "--threads", defaultValue = "0", description = "Threads. Default: processors.")
  private int threads;

  @Option(
      names = "--heap",
      defaultValue = "256m",
      description = "Most heap of a measured process. Default: ${DEFAULT-VALUE}.")
  private String heap;

  @Option(
      names = "--only",
      split = ",",
      description = "Measure only these: copy, cp, pp4, to_hf, resplit, tp2, peer.")
  private List<String> only = List.of();

  @Option(names = "--peer-python", description = "A Python with what the peer needs.")
  private Optional<Path> peerPython;

  @Option(
      names = "--peer-source",
      description = "A checkout of MindSpeed-MM, to measure its converter, too.")
  private Optional<Path> peerSource;

  private ChildRun child;
  private BenchConvertReport report;
  private QwenSize size;
  private Path hf;

  /** Runs the verb by itself and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new BenchConvertMain()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    check(List.of("2B", "7B", "72B").contains(model), "--model must be 2B, 7B or 72B");
    check(layers >= 0 && rounds >= 1 && threads >= 0, "numbers must not be negative");
    check(peerPython.isPresent() == peerSource.isPresent(), "a peer needs both of its options");
    check(!cold || Files.isWritable(DROP_CACHES), "--cold needs to write " + DROP_CACHES);
    QwenSize whole = QwenSize.of(model);
    size = layers == 0 ? whole : whole.withLayers(layers);
    Files.createDirectories(output);
    child = new ChildRun(output, heap);
    hf = output.resolve("hf-" + model + "-" + size.layers() + (sparse ? "-sparse" : ""));
    if (!Files.exists(hf)) {
      say("making " + hf);
      if (sparse) {
        ModelFolder.writeSparse(size, hf);
      } else {
        ModelFolder.write(size, hf);
      }
    }
    report =
        new BenchConvertReport(
            "Qwen2-VL "
                + model
                + ", "
                + size.layers()
                + " layers, cache "
                + (cold ? "cold" : "warm"));
    for (int round = 0; round < rounds; round++) {
      measure();
    }
    Files.writeString(output.resolve("bench.json"), report.json());
    spec.commandLine().getOut().print(report.text());
    spec.commandLine().getOut().printf("figures: %s%n", output.resolve("bench.json"));
    spec.commandLine().getOut().flush();
    return 0;
  }

  private void measure() throws IOException {
    String whole = BenchLayout.text(1, 4, size.visionDepth(), size.layers());
    String split = BenchLayout.text(2, 1, size.visionDepth(), size.layers());
    Path out = output.resolve("out");
    Path mm = output.resolve("mm");
    delete(out);
    delete(mm);
    if (wanted("copy")) {
      task(BenchConvertReport.COPY, "copy", hf, out);
      delete(out);
    }
    if (wanted("cp")) {
      cp(out);
      delete(out);
    }
    if (wanted("tp2")) {
      task("hf_to_mm tp 2", "hf_to_mm", hf, out, split);
      delete(out);
    }
    if (wanted("peer") && peerPython.isPresent()) {
      peer(out, whole);
      delete(out);
    }
    if (wanted("pp4") || wanted("to_hf") || wanted("resplit")) {
      task("hf_to_mm pp 4", "hf_to_mm", hf, mm, whole);
    }
    if (wanted("to_hf")) {
      task("mm_to_hf pp 4", "mm_to_hf", mm, out, whole, hf.toString());
      delete(out);
    }
    if (wanted("resplit")) {
      task("resplit pp 4 to tp 2", "resplit", mm, out, whole, split);
      delete(out);
    }
    delete(mm);
  }

  private boolean wanted(String name) {
    return only.isEmpty() || only.contains(name);
  }

  private void task(String name, String task, Path from, Path to, String... rest)
      throws IOException {
    say(name);
    prepareCache(from);
    int number = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    List<String> arguments = new ArrayList<>(List.of(task, from.toString(), to.toString()));
    arguments.add(Integer.toString(number));
    arguments.addAll(List.of(rest));
    report.add(name, child.java(name.replace(' ', '_'), arguments));
  }

  private void cp(Path out) throws IOException {
    say("cp and sync");
    prepareCache(hf);
    String command = "cp -r --reflink=never \"$0\" \"$1\" && sync -f \"$1\"";
    double seconds =
        child.seconds(
            BenchConvertReport.CP, List.of("sh", "-c", command, hf.toString(), out.toString()));
    report.add(BenchConvertReport.CP, seconds, bytes(hf));
  }

  private void peer(Path out, String layout) throws IOException {
    say("the peer's converter");
    prepareCache(hf);
    Path script = output.resolve(PEER_SCRIPT);
    try (InputStream source = BenchConvertMain.class.getResourceAsStream(PEER_SCRIPT)) {
      Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
    }
    List<String> lists = BenchLayout.lists(layout);
    report.add(
        "peer hf_to_mm pp 4",
        child.program(
            "peer",
            List.of(
                peerPython.orElseThrow().toString(),
                script.toString(),
                peerSource.orElseThrow().toString(),
                hf.toString(),
                out.toString(),
                lists.get(0),
                lists.get(1))));
  }

  /** Empties the system's cache, or reads everything once so that it is there if it fits. */
  private void prepareCache(Path folder) throws IOException {
    if (cold) {
      try (OutputStream out = Files.newOutputStream(DROP_CACHES)) {
        out.write("1\n".getBytes(StandardCharsets.US_ASCII));
      }
      return;
    }
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        try (FileChannel channel = FileChannel.open(path)) {
          while (channel.read(buffer) >= 0) {
            buffer.clear();
          }
        }
      }
    }
  }

  private static long bytes(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(path);
      }
    }
    return bytes;
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> paths = Files.walk(folder)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private void check(boolean holds, String problem) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), problem);
    }
  }

  private void say(String text) {
    spec.commandLine().getErr().printf("bench: %s%n", text);
    spec.commandLine().getErr().flush();
  }
}
