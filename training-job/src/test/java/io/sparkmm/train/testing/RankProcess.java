package io.sparkmm.train.testing;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.CollectivesProviders;
import io.sparkmm.train.comm.CollectivesSettings;
import io.sparkmm.train.testing.Ranks.Outcome;
import io.sparkmm.train.testing.Ranks.Work;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * One of several processes that run the same tests at the same time, each as one rank of the groups
 * that {@link Ranks} makes. Started by {@link RankProcesses}, through which they hand each other
 * their results, so that every process sees those of all ranks.
 */
public final class RankProcess {
  /** Marks the name of a test method that is left out. */
  static final String EXCEPT = "!";

  private static volatile RankProcess current;

  private final String backend;
  private final int rank;
  private final int count;
  private final DataInputStream input;
  private final DataOutputStream output;
  private int calls;

  private RankProcess(String backend, int rank, int count, Socket socket) throws IOException {
    this.backend = backend;
    this.rank = rank;
    this.count = count;
    input = new DataInputStream(socket.getInputStream());
    output = new DataOutputStream(socket.getOutputStream());
  }

  /** This process, if it is one of several. */
  public static Optional<RankProcess> current() {
    return Optional.ofNullable(current);
  }

  /** Which of the processes this is. */
  public int rank() {
    return rank;
  }

  /** Number of processes. */
  public int count() {
    return count;
  }

  /** Name of the collectives that groups use. */
  public String backend() {
    return backend;
  }

  /** Runs the work on the first {@code size} processes; all get what became of each. */
  @SuppressWarnings("unchecked")
  <T> List<Outcome<T>> outcomes(int size, Duration timeout, Work<T> work) {
    if (size > count) {
      throw new IllegalArgumentException("There are " + count + " processes, not " + size);
    }
    calls++;
    byte[] proposal = ByteBuffer.allocate(4).putInt(FreePorts.next()).array();
    int port = ByteBuffer.wrap(exchange(proposal).get(0)).getInt();
    byte[] own = rank < size ? serialize(run(size, port, timeout, work)) : new byte[0];
    List<Outcome<T>> outcomes = new ArrayList<>();
    for (byte[] bytes : exchange(own).subList(0, size)) {
      outcomes.add((Outcome<T>) deserialize(bytes));
    }
    return outcomes;
  }

  private <T> Outcome<T> run(int size, int port, Duration timeout, Work<T> work) {
    CollectivesSettings settings =
        new CollectivesSettings(rank, size, "127.0.0.1", port, "test-" + calls, timeout, 1)
            .withDevice(rank);
    try (Collectives group = CollectivesProviders.load().find(backend).create(settings)) {
      return new Outcome<>(work.run(group), null);
    } catch (Exception | AssertionError problem) {
      return new Outcome<>(null, problem);
    }
  }

  /** Gives bytes to all processes and gets those of each. */
  private List<byte[]> exchange(byte[] own) {
    try {
      output.writeInt(own.length);
      output.write(own);
      output.flush();
      List<byte[]> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(input.readNBytes(input.readInt()));
      }
      return all;
    } catch (IOException problem) {
      throw new UncheckedIOException("Cannot reach the other test processes", problem);
    }
  }

  private static byte[] serialize(Outcome<?> outcome) {
    try {
      return bytes(outcome);
    } catch (IOException problem) {
      Throwable reason = outcome.thrown() == null ? problem : outcome.thrown();
      try {
        return bytes(new Outcome<>(null, new AssertionError(reason.toString())));
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
    }
  }

  private static byte[] bytes(Outcome<?> outcome) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
      objects.writeObject(outcome);
    }
    return bytes.toByteArray();
  }

  private static Object deserialize(byte[] bytes) {
    try (ObjectInputStream objects = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return objects.readObject();
    } catch (IOException | ClassNotFoundException problem) {
      throw new IllegalStateException(problem);
    }
  }

  /** Arguments: backend, rank, number of processes, port of the parent, tests. */
  public static void main(String[] arguments) throws IOException {
    torch.set_num_threads(1);
    int rank = Integer.parseInt(arguments[1]);
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[3]))) {
      socket.setTcpNoDelay(true);
      current = new RankProcess(arguments[0], rank, Integer.parseInt(arguments[2]), socket);
      current.output.writeInt(rank);
      TestExecutionSummary summary = execute(List.of(arguments).subList(4, arguments.length));
      summary.printFailuresTo(
          new PrintWriter(System.out, true, java.nio.charset.StandardCharsets.UTF_8), 30);
      System.out.printf(
          "%d succeeded, %d failed, %d skipped%n",
          summary.getTestsSucceededCount(),
          summary.getTotalFailureCount(),
          summary.getTestsSkippedCount());
      current.output.writeInt(-1);
      current.output.writeInt((int) summary.getTestsSucceededCount());
      current.output.writeInt((int) summary.getTotalFailureCount());
      current.output.flush();
      System.exit(summary.getTotalFailureCount() == 0 ? 0 : 1);
    }
  }

  private static TestExecutionSummary execute(List<String> tests) {
    LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
    for (String test : tests) {
      if (test.startsWith(EXCEPT)) {
        request.filters(without(test.substring(EXCEPT.length())));
      } else {
        request.selectors(
            test.contains("#")
                ? DiscoverySelectors.selectMethod(test)
                : DiscoverySelectors.selectClass(test));
      }
    }
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    Launcher launcher = LauncherFactory.create();
    LauncherDiscoveryRequest built = request.build();
    launcher.execute(built, summary, new Log());
    return summary.getSummary();
  }

  private static PostDiscoveryFilter without(String method) {
    return test ->
        FilterResult.includedIf(
            !(test.getSource().orElse(null) instanceof MethodSource source
                && source.getMethodName().equals(method)));
  }

  /** Says in the log which test runs. */
  private static final class Log implements TestExecutionListener {
    private long started;

    @Override
    public void executionStarted(TestIdentifier test) {
      started = System.nanoTime();
      if (test.isTest()) {
        System.out.println("start " + test.getUniqueId());
      }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (test.isTest()) {
        System.out.printf("%s after %d ms%n", result, (System.nanoTime() - started) / 1_000_000);
      }
    }
  }
}
