package io.sparkmm.convert.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.ConvertException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs measurements in processes of their own, so that memory and caches are their own. */
final class ChildRun {

  private static final double NANOS = 1e9;

  private final Path folder;
  private final String heap;

  /**
   * @param folder where logs and results go
   * @param heap most heap of a Java process, as {@code -Xmx} takes it
   */
  ChildRun(Path folder, String heap) {
    this.folder = folder;
    this.heap = heap;
  }

  /** Runs a task of {@link ConvertTask}. */
  JsonNode java(String name, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(ConvertTask.class.getName());
    Path result = result(name);
    command.add(result.toString());
    command.addAll(arguments);
    run(name, command);
    return read(name, result);
  }

  /** Runs a program that writes what it measured to the file that its last argument names. */
  JsonNode program(String name, List<String> command) {
    Path result = result(name);
    List<String> all = new ArrayList<>(command);
    all.add(result.toString());
    run(name, all);
    return read(name, result);
  }

  /** Runs a program and returns the seconds that it took. */
  double seconds(String name, List<String> command) {
    long begin = System.nanoTime();
    run(name, command);
    return (System.nanoTime() - begin) / NANOS;
  }

  private Path result(String name) {
    return folder.resolve(name + ".json");
  }

  private static JsonNode read(String name, Path result) {
    try {
      return new ObjectMapper().readTree(result.toFile());
    } catch (IOException e) {
      throw ConvertException.data("Cannot measure " + name + ": it left no result", e);
    }
  }

  private void run(String name, List<String> command) {
    Path log = folder.resolve(name + ".log");
    try {
      Files.deleteIfExists(result(name));
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.redirectOutput(log.toFile()).redirectInput(new File("/dev/null"));
      Process process = builder.start();
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException("it ended with code " + code + "; its log is " + log);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ConvertException.data("Cannot measure " + name + ": it was interrupted", e);
    } catch (IOException e) {
      throw ConvertException.data("Cannot measure " + name + ": " + e.getMessage(), e);
    }
  }
}
