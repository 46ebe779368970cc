package io.sparkmm.train.npu.standin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A driver program of the stand-in run as a child process, so that signals, exits and environment
 * variables stay outside of the test's own process.
 *
 * @param exit exit code of the program
 * @param values what it printed as {@code rank.name=value}, by {@code rank.name}
 * @param report what the stand-in recorded
 * @param errors standard error of all its processes
 */
public record StandInRun(int exit, Map<String, Long> values, StandInReport report, String errors) {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  /** Copies the map. */
  public StandInRun {
    values = Map.copyOf(values);
  }

  /**
   * Runs a program with the stand-in's locks and report in a folder of its own.
   *
   * @param folder empty folder for locks, report and standard error
   * @param environment more variables, for example {@code STANDIN_TIME_SCALE}
   */
  public static StandInRun of(
      Path folder, Map<String, String> environment, String program, String... arguments) {
    Path report = folder.resolve("report.jsonl");
    Path errors = folder.resolve("errors.txt");
    Path output = folder.resolve("output.txt");
    List<String> command = new ArrayList<>(List.of(StandInBuild.program(program).toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(errors.toFile()).redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(StandInRun::steers);
    builder.environment().putAll(environment(folder));
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        throw new AssertionError(
            "Cannot finish " + command + " in " + LIMIT + ": " + Files.readString(errors));
      }
      return new StandInRun(
          process.exitValue(),
          values(Files.readString(output, UTF_8)),
          StandInReport.read(report),
          Files.readString(errors, UTF_8));
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(problem);
    }
  }

  /** Returns the variables that give a test its own cards and its own report in a folder. */
  public static Map<String, String> environment(Path folder) {
    Map<String, String> variables = new HashMap<>();
    variables.put("STANDIN_LOCK_DIR", folder.resolve("cards").toString());
    variables.put("STANDIN_REPORT", folder.resolve("report.jsonl").toString());
    variables.put("STANDIN_SEED", "1");
    return variables;
  }

  private static boolean steers(String variable) {
    return variable.startsWith("STANDIN_")
        || variable.startsWith("HCCL_")
        || variable.startsWith("ASCEND_");
  }

  private static Map<String, Long> values(String output) {
    Map<String, Long> values = new TreeMap<>();
    output
        .lines()
        .filter(line -> line.indexOf('=') > 0)
        .forEach(
            line -> {
              int at = line.indexOf('=');
              values.put(line.substring(0, at), Long.valueOf(line.substring(at + 1)));
            });
    return values;
  }
}
