package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of its own with this process's class path. */
final class ChildJvm implements AutoCloseable {
  static final long LIMIT_SECONDS = 300;

  private static final String LOGGING =
      """
      <Configuration status="WARN">
        <Appenders><Console name="out" target="SYSTEM_OUT">
          <PatternLayout pattern="%c{1}: %m%n"/>
        </Console></Appenders>
        <Loggers>
          <Logger name="io.sparkmm" level="DEBUG"/>
          <Root level="WARN"><AppenderRef ref="out"/></Root>
        </Loggers>
      </Configuration>
      """;

  private final Process process;
  private final Path log;

  private ChildJvm(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts a main class; its log goes to a file of this folder. */
  static ChildJvm start(Path folder, Class<?> main, List<String> arguments) throws IOException {
    Path logging = Files.writeString(folder.resolve("log4j2-child.xml"), LOGGING);
    Path log = Files.createTempFile(folder, "child", ".log");
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--") || argument.startsWith("-XX:+Ignore"))
        .forEach(command::add);
    // It lives for seconds: what better compilers and collectors take is lost.
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("-Dlog4j2.configurationFile=" + logging.toUri());
    command.add("-Dspark.master=local[2]");
    command.add("-Dspark.ui.enabled=false");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new ChildJvm(process, log);
  }

  Process process() {
    return process;
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  /** Waits for the end; returns the exit code. */
  int await() throws InterruptedException {
    assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
