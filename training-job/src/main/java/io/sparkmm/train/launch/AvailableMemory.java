package io.sparkmm.train.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;

/** Memory that processes of this host can still get. */
final class AvailableMemory {
  private static final Path SYSTEM = Path.of("/proc/meminfo");
  private static final Path GROUP = Path.of("/sys/fs/cgroup");
  private static final double GIB = 1 << 30;

  private AvailableMemory() {}

  /** Bytes, as the system tells; empty where it does not. */
  static OptionalLong bytes() {
    try {
      OptionalLong system = OptionalLong.empty();
      for (String line : Files.readAllLines(SYSTEM)) {
        if (line.startsWith("MemAvailable:")) {
          system = OptionalLong.of(Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
        }
      }
      OptionalLong group = inGroup();
      return system.isPresent() && group.isPresent()
          ? OptionalLong.of(Math.min(system.getAsLong(), group.getAsLong()))
          : system;
    } catch (IOException noLinux) {
      return OptionalLong.empty();
    }
  }

  /** What the control group of a container leaves; files in the cache can be given up. */
  private static OptionalLong inGroup() throws IOException {
    Path limit = GROUP.resolve("memory.max");
    if (!Files.isReadable(limit)) {
      return OptionalLong.empty();
    }
    String most = Files.readString(limit).strip();
    if (most.equals("max")) {
      return OptionalLong.empty();
    }
    long used = Long.parseLong(Files.readString(GROUP.resolve("memory.current")).strip());
    for (String line : Files.readAllLines(GROUP.resolve("memory.stat"))) {
      if (line.startsWith("file ")) {
        used -= Long.parseLong(line.substring(5).strip());
      }
    }
    return OptionalLong.of(Math.max(0, Long.parseLong(most) - used));
  }

  /**
   * Goes on only if a worker's need can be met: the system would end a process that takes more,
   * without a word.
   *
   * @param available bytes for all workers of this host
   * @param workers number of workers on this host
   * @throws LaunchException telling what is needed and what there is
   */
  static void require(MemoryEstimate need, OptionalLong available, int workers) {
    if (available.isEmpty() || need.total() <= available.getAsLong() / workers) {
      return;
    }
    throw new LaunchException(
        LaunchException.Kind.SETTINGS,
        String.format(
            Locale.ROOT,
            "Cannot train: a worker needs at least %s, besides activations; this host has %.2f GiB"
                + " for each of its %d workers. %s",
            need,
            available.getAsLong() / GIB / workers,
            workers,
            advice()));
  }

  private static String advice() {
    return "Use more hosts, set reshard_after_forward to true, wrap more modules in"
        + " sub_modules_to_wrap, set reduce_dtype to bf16, freeze parts, or give --bf16 (weights"
        + " and optimizer state in bf16) or --optimizer sgd (half of the state)";
  }
}
