package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A standalone Spark cluster on loopback: a master and workers that are processes of their own. */
final class StandaloneCluster implements AutoCloseable {
  private static final long LONGEST_START_SECONDS = 120;

  private final Path folder;
  private final int port;
  private final List<Process> processes = new ArrayList<>();
  private int workers;

  /** Starts a master. */
  StandaloneCluster(Path folder) {
    this.folder = folder;
    port = FreePorts.next();
    start(
        "master",
        Map.of(),
        List.of(),
        "org.apache.spark.deploy.master.Master",
        List.of("--host", "127.0.0.1", "--port", Integer.toString(port), "--webui-port", "0"));
    awaitMaster();
  }

  /**
   * Starts a worker.
   *
   * @param environment more variables, which its executors inherit
   * @param settings Java properties
   */
  void addWorker(int cores, Map<String, String> environment, List<String> settings) {
    String name = "worker-" + workers++;
    start(
        name,
        environment,
        settings,
        "org.apache.spark.deploy.worker.Worker",
        List.of(
            "--host",
            "127.0.0.1",
            "--webui-port",
            "0",
            "--cores",
            Integer.toString(cores),
            "--memory",
            "2g",
            "--work-dir",
            folder.resolve(name).toString(),
            master()));
  }

  String master() {
    return "spark://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    for (Process process : processes) {
      try {
        process.waitFor(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void start(
      String name,
      Map<String, String> environment,
      List<String> settings,
      String type,
      List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().get()));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.matches("--.*|-XX.*"))
        .forEach(command::add);
    command.addAll(TestSpark.SHORT_LIVED);
    command.addAll(
        List.of("-Xmx256m", "-Dspark.ui.enabled=false", "-Dspark.master.rest.enabled=false"));
    settings.forEach(setting -> command.add("-D" + setting));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), type));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".out").toFile());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().putAll(environment);
    try {
      Files.createDirectories(folder);
      Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
      processes.add(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a process printed. */
  String printed(String name) {
    try {
      return Files.readString(folder.resolve(name + ".out"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitMaster() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_START_SECONDS);
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(socket.isConnected()).isTrue();
        return;
      } catch (IOException e) {
        assertThat(processes.get(0).isAlive()).as(printed("master")).isTrue();
        assertThat(System.nanoTime()).as(printed("master")).isLessThan(end);
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
