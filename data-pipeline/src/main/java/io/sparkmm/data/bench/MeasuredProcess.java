package io.sparkmm.data.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.sample.DataException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs {@link BenchTask} in a JVM of its own with a given number of cores, so that its memory is
 * its own and nothing was warmed up for it.
 */
final class MeasuredProcess {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path folder;
  private final String heap;

  /**
   * @param folder where logs and results of the processes go
   * @param heap most heap of a process, as {@code -Xmx} takes it
   */
  MeasuredProcess(Path folder, String heap) {
    this.folder = folder;
    this.heap = heap;
  }

  /**
   * Runs a task.
   *
   * @param name what the log is called
   * @param cores processors that the process may use
   * @return what it measured, with {@code peak_rss_mib}
   * @throws DataException of kind {@code SOURCE} that names the log if it fails
   */
  JsonNode java(String name, int cores, List<String> arguments) {
    Path result = folder.resolve(name + ".json");
    List<String> command = new ArrayList<>(pinned(cores));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("-XX:ActiveProcessorCount=" + cores);
    command.addAll(moduleOptions());
    command.add("-Dspark.master=local[" + cores + "]");
    command.add("-Dspark.ui.enabled=false");
    command.add("-Dspark.driver.bindAddress=127.0.0.1");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(BenchTask.class.getName());
    command.add(result.toString());
    command.addAll(arguments);
    return run(name, command, result);
  }

  /** Runs any program that writes its measurements to the file that its last argument names. */
  JsonNode program(String name, int cores, List<String> arguments) {
    Path result = folder.resolve(name + ".json");
    List<String> command = new ArrayList<>(pinned(cores));
    command.addAll(arguments);
    command.add(result.toString());
    return run(name, command, result);
  }

  private JsonNode run(String name, List<String> command, Path result) {
    Path log = folder.resolve(name + ".log");
    try {
      Files.deleteIfExists(result);
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.redirectOutput(log.toFile()).redirectInput(new File("/dev/null"));
      Process process = builder.start();
      int code;
      try {
        code = process.waitFor();
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
        throw new IOException("it was interrupted", e);
      }
      if (code != 0 || !Files.exists(result)) {
        throw new IOException("it ended with code " + code + "; its log is " + log);
      }
      return MAPPER.readTree(result.toFile());
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.SOURCE, "Cannot measure " + name + ": " + e.getMessage(), e);
    }
  }

  /** With {@code taskset} garbage collector and compiler stay on these processors, too. */
  private static List<String> pinned(int cores) {
    if (cores >= Runtime.getRuntime().availableProcessors()) {
      return List.of();
    }
    return find("taskset")
        .map(tool -> List.of(tool.toString(), "-c", cores == 1 ? "0" : "0-" + (cores - 1)))
        .orElse(List.of());
  }

  private static Optional<Path> find(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path file = Path.of(folder.isEmpty() ? "." : folder, program);
      if (Files.isExecutable(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static List<String> moduleOptions() {
    String options = org.apache.spark.launcher.JavaModuleOptions.defaultModuleOptions();
    return List.of(options.trim().split("\\s+"));
  }
}
