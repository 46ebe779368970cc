package io.sparkmm.train.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Runs tests in several processes at once; see {@link RankProcess}. */
public final class RankProcesses {
  private static final int DONE = -1;

  /**
   * What came of it.
   *
   * @param succeeded tests that each process passed; those of the process that passed fewest
   * @param failures what the logs of failed processes say, by rank
   */
  public record Result(int succeeded, Map<Integer, String> failures) {}

  private final String backend;
  private final int count;
  private final Path folder;
  private final Map<String, String> environment;
  private Duration limit = Duration.ofMinutes(15);

  /**
   * Plans processes.
   *
   * @param backend name of the collectives provider
   * @param folder where the processes write their logs, {@code rank-0.log} and so on
   * @param environment variables besides those of this process
   */
  public RankProcesses(String backend, int count, Path folder, Map<String, String> environment) {
    this.backend = backend;
    this.count = count;
    this.folder = folder;
    this.environment = Map.copyOf(environment);
  }

  /** The same with another limit for the whole run. */
  public RankProcesses within(Duration time) {
    RankProcesses copy = new RankProcesses(backend, count, folder, environment);
    copy.limit = time;
    return copy;
  }

  /**
   * Runs tests in every process: names of classes, {@code class#method}, and {@code !method} for
   * methods of the classes that are left out.
   */
  public Result run(String... tests) {
    List<Process> processes = new ArrayList<>();
    List<Socket> sockets = new ArrayList<>();
    try (ServerSocket server = new ServerSocket(0, count, InetAddress.getLoopbackAddress())) {
      Files.createDirectories(folder);
      server.setSoTimeout(60_000);
      for (int rank = 0; rank < count; rank++) {
        processes.add(start(rank, server.getLocalPort(), tests));
      }
      for (int i = 0; i < count; i++) {
        sockets.add(server.accept());
      }
      int succeeded = serve(sockets);
      Map<Integer, String> failures = new TreeMap<>();
      for (int rank = 0; rank < count; rank++) {
        Process process = processes.get(rank);
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
          failures.put(rank, tail(rank));
        }
      }
      return new Result(succeeded, failures);
    } catch (IOException problem) {
      throw new AssertionError(problem + "\n" + tails(), problem);
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new AssertionError(problem);
    } finally {
      processes.forEach(Process::destroyForcibly);
      sockets.forEach(RankProcesses::close);
    }
  }

  /** What a process has written. */
  public String log(int rank) {
    try {
      return Files.readString(folder.resolve("rank-" + rank + ".log"), UTF_8);
    } catch (IOException problem) {
      return problem.toString();
    }
  }

  /** Passes on what the processes give each other, until all are done. */
  private int serve(List<Socket> sockets) throws IOException {
    List<DataInputStream> inputs = new ArrayList<>();
    List<DataOutputStream> outputs = new ArrayList<>();
    Socket[] byRank = new Socket[count];
    for (Socket socket : sockets) {
      socket.setSoTimeout(Math.toIntExact(limit.toMillis()));
      byRank[new DataInputStream(socket.getInputStream()).readInt()] = socket;
    }
    for (Socket socket : byRank) {
      inputs.add(new DataInputStream(socket.getInputStream()));
      outputs.add(new DataOutputStream(socket.getOutputStream()));
    }
    while (true) {
      List<byte[]> parts = new ArrayList<>();
      int succeeded = Integer.MAX_VALUE;
      for (DataInputStream input : inputs) {
        int length = input.readInt();
        if (length == DONE) {
          succeeded = Math.min(succeeded, input.readInt());
          input.readInt();
        } else {
          parts.add(input.readNBytes(length));
        }
      }
      if (parts.isEmpty()) {
        return succeeded;
      }
      if (parts.size() < count) {
        throw new IOException("some processes are done and others are not");
      }
      for (DataOutputStream output : outputs) {
        for (byte[] part : parts) {
          output.writeInt(part.length);
          output.write(part);
        }
        output.flush();
      }
    }
  }

  private Process start(int rank, int port, String... tests) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dbasedir=" + System.getProperty("basedir", System.getProperty("user.dir")),
                "-cp",
                System.getProperty("java.class.path"),
                RankProcess.class.getName(),
                backend,
                Integer.toString(rank),
                Integer.toString(count),
                Integer.toString(port)));
    command.addAll(List.of(tests));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(folder.resolve("rank-" + rank + ".log").toFile());
    return builder.start();
  }

  private String tails() {
    StringBuilder text = new StringBuilder();
    for (int rank = 0; rank < count; rank++) {
      text.append("rank ").append(rank).append(":\n").append(tail(rank)).append('\n');
    }
    return text.toString();
  }

  private String tail(int rank) {
    String log = log(rank);
    return log.substring(Math.max(0, log.length() - 6000));
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException ignored) {
      // The run is over.
    }
  }
}
