package io.sparkmm.train.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The verb {@code bench checkpoint}: how fast state is stored and read, against plain files. */
@Command(
    name = "checkpoint",
    mixinStandardHelpOptions = true,
    description = {
      "Measures storing a model's weights and moments against writing as many bytes to one file"
          + " and forcing them to the disk, storing in the background, and reading, in turns."
    })
public final class BenchCheckpointMain implements Callable<Integer> {
  private static final int WEIGHTS = 16;
  private static final int BLOCK_BYTES = 1 << 20;
  private static final double MEGABYTE = 1e6;

  /** Bytes of an element of a weight, with both moments. */
  private static final long ELEMENT_BYTES = 3L * Float.BYTES;

  @Spec private CommandSpec spec;

  @Option(names = "--output", required = true, description = "Folder on the disk to measure.")
  private Path output;

  @Option(
      names = "--megabytes",
      defaultValue = "1024",
      description = "Size of the state, weights and moments. Default: ${DEFAULT-VALUE}.")
  private long megabytes;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Rounds; medians are told. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--iteration-millis",
      defaultValue = "1000",
      description = "Length of an iteration after a checkpoint. Default: ${DEFAULT-VALUE}.")
  private long iterationMillis;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (megabytes < WEIGHTS || rounds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--megabytes must be at least " + WEIGHTS + ", --rounds at least 1");
    }
    long row = StateModel.COLUMNS * ELEMENT_BYTES;
    long rows = Math.max(1, (long) (megabytes * MEGABYTE) / (WEIGHTS * row));
    long bytes = rows * row * WEIGHTS;
    List<Double> plain = new ArrayList<>();
    List<Double> blocking = new ArrayList<>();
    List<Double> copy = new ArrayList<>();
    List<Double> stop = new ArrayList<>();
    List<Double> complete = new ArrayList<>();
    List<Double> plainRead = new ArrayList<>();
    List<Double> reading = new ArrayList<>();
    Files.createDirectories(output);
    try (CheckpointTimes times = new CheckpointTimes(WEIGHTS, rows)) {
      for (int round = 0; round < rounds; round++) {
        Path file = output.resolve("plain");
        plain.add(write(file, bytes));
        plainRead.add(read(file));
        Files.delete(file);
        Path folder = output.resolve("round");
        blocking.add(times.blocking(folder));
        reading.add(times.reading(folder.resolve("iter_0000002")));
        delete(folder);
        CheckpointTimes.Background background = times.background(folder, iterationMillis);
        copy.add(background.copy());
        stop.add(background.stop());
        complete.add(background.complete());
        delete(folder);
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "state: %.0f MB in %d weights, median of %d rounds%n",
        bytes / MEGABYTE,
        WEIGHTS,
        rounds);
    line(out, "plain write", bytes, median(plain), "");
    line(
        out,
        "blocking",
        bytes,
        median(blocking),
        ratio(median(plain) / median(blocking), "of plain write"));
    line(
        out,
        "background, stop",
        bytes,
        median(stop),
        ratio(median(stop) / median(blocking), "of blocking"));
    line(
        out,
        "background, copy",
        bytes,
        median(copy),
        ratio(median(copy) / median(blocking), "of blocking"));
    line(out, "background, whole", bytes, median(complete), "");
    line(out, "plain read", bytes, median(plainRead), "");
    line(
        out,
        "restore",
        bytes,
        median(reading),
        ratio(median(plainRead) / median(reading), "of plain read"));
    out.flush();
    return 0;
  }

  private static void line(PrintWriter out, String what, long bytes, double seconds, String note) {
    out.printf(
        Locale.ROOT,
        "%-18s %8.3f s %8.0f MB/s  %s%n",
        what,
        seconds,
        bytes / MEGABYTE / seconds,
        note);
  }

  private static String ratio(double value, String of) {
    return String.format(Locale.ROOT, "%.1f %% %s", 100 * value, of);
  }

  /** Random bytes in blocks, one file, forced to the disk at the end. */
  private static double write(Path file, long bytes) throws IOException {
    byte[] random = new byte[BLOCK_BYTES];
    new Random(1).nextBytes(random);
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES).put(random);
    long start = System.nanoTime();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long done = 0; done < bytes; done += block.limit()) {
        block.clear().limit((int) Math.min(BLOCK_BYTES, bytes - done));
        while (block.hasRemaining()) {
          channel.write(block);
        }
      }
      channel.force(true);
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private static double read(Path file) throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    long start = System.nanoTime();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(block.clear()) >= 0) {
        continue;
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }
}
