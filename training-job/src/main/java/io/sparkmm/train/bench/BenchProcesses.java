package io.sparkmm.train.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs measurements in processes of their own, one for each rank, as on a cluster. */
final class BenchProcesses {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long POLL_MILLIS = 100;

  private final Path folder;
  private final String heap;
  private final long timeoutSeconds;

  /**
   * @param folder where tasks, logs and results go
   * @param heap most heap of a Java process, as {@code -Xmx} takes it
   * @param timeoutSeconds longest time of a measurement
   */
  BenchProcesses(Path folder, String heap, long timeoutSeconds) {
    this.folder = folder;
    this.heap = heap;
    this.timeoutSeconds = timeoutSeconds;
  }

  /**
   * Runs a task of {@link BenchWorker} on some ranks.
   *
   * @param name what files of it are called
   * @param threads threads of each rank's computation
   * @return what each rank measured
   */
  List<JsonNode> ranks(String name, int ranks, int threads, ObjectNode task) {
    try {
      Path file = folder.resolve(name + ".task.json");
      ObjectNode whole = task.deepCopy();
      whole.put("ranks", ranks);
      whole.put("threads", threads);
      whole.put("port", freePort());
      JSON.writeValue(file.toFile(), whole);
      List<Job> jobs = new ArrayList<>();
      for (int rank = 0; rank < ranks; rank++) {
        Path result = folder.resolve(String.format(Locale.ROOT, "%s-%d.json", name, rank));
        Files.deleteIfExists(result);
        List<String> command =
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                BenchWorker.class.getName(),
                file.toString(),
                Integer.toString(rank),
                result.toString());
        String count = Integer.toString(threads);
        Map<String, String> environment =
            Map.of(
                "OMP_NUM_THREADS", count,
                "OPENBLAS_NUM_THREADS", count,
                "OMP_WAIT_POLICY", "PASSIVE");
        jobs.add(new Job(name + " rank " + rank, command, environment, result));
      }
      run(jobs);
      return jobs.stream().map(BenchProcesses::result).toList();
    } catch (IOException e) {
      throw new BenchException("Cannot measure " + name + ": " + e, e);
    }
  }

  /** Runs a program that writes what it measured to the file that its last argument names. */
  JsonNode program(String name, List<String> command, Map<String, String> environment) {
    Path result = folder.resolve(name + ".json");
    List<String> all = new ArrayList<>(command);
    all.add(result.toString());
    Job job = new Job(name, all, environment, result);
    try {
      Files.deleteIfExists(result);
      run(List.of(job));
    } catch (IOException e) {
      throw new BenchException("Cannot measure " + name + ": " + e, e);
    }
    return result(job);
  }

  private record Job(
      String name, List<String> command, Map<String, String> environment, Path result) {
    Path log() {
      return Path.of(result + ".log");
    }
  }

  private void run(List<Job> jobs) throws IOException {
    List<Process> processes = new ArrayList<>();
    try {
      for (Job job : jobs) {
        ProcessBuilder builder = new ProcessBuilder(job.command()).redirectErrorStream(true);
        builder.environment().putAll(job.environment());
        builder.redirectOutput(job.log().toFile()).redirectInput(new File("/dev/null"));
        processes.add(builder.start());
      }
      await(jobs, processes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("Cannot measure " + jobs.get(0).name() + ": interrupted", e);
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  /** Waits for all; the first one that fails ends the others. */
  private void await(List<Job> jobs, List<Process> processes) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
    boolean running = true;
    while (running) {
      running = false;
      for (int i = 0; i < jobs.size(); i++) {
        Process process = processes.get(i);
        if (process.isAlive()) {
          running = true;
        } else if (process.exitValue() != 0) {
          throw new BenchException(
              "Cannot measure "
                  + jobs.get(i).name()
                  + ": it ended with code "
                  + process.exitValue()
                  + "; its log is "
                  + jobs.get(i).log());
        }
      }
      if (running && System.nanoTime() > end) {
        throw new BenchException(
            "Cannot measure "
                + jobs.get(0).name()
                + ": it takes longer than "
                + timeoutSeconds
                + " s (--timeout)");
      }
      Thread.sleep(running ? POLL_MILLIS : 0);
    }
  }

  private static JsonNode result(Job job) {
    try {
      return JSON.readTree(job.result().toFile());
    } catch (IOException e) {
      throw new BenchException("Cannot measure " + job.name() + ": it left no result", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
