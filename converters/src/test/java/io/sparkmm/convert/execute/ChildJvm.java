package io.sparkmm.convert.execute;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Runs a main class of the tests in a process of its own. */
final class ChildJvm {

  private static final long MOST_SECONDS = 120;

  private static final Set<String> OPTIONS =
      Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  private ChildJvm() {}

  /** The command that runs a class, to be put behind other programs if need be. */
  static List<String> command(Class<?> main, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(args));
    return command;
  }

  /** What a process printed, and its exit code; -1 when it was killed at its point. */
  record Outcome(int code, List<String> lines) {}

  /** Runs a command; a process that prints that it is {@code here} is killed at once. */
  static Outcome run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // A virtual machine that is given any says so among what the process prints.
    builder.environment().keySet().removeAll(OPTIONS);
    Process process = builder.start();
    List<String> lines = new ArrayList<>();
    boolean killed = false;
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
        if (line.startsWith(HaltingConversion.HERE)) {
          process.destroyForcibly();
          killed = true;
          break;
        }
      }
    }
    if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("Cannot wait longer for " + command);
    }
    return new Outcome(killed ? -1 : process.exitValue(), lines);
  }
}
