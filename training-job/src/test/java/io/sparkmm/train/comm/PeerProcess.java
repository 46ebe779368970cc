package io.sparkmm.train.comm;

import io.sparkmm.train.comm.shared.SharedMemorySettings;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.Ranks;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Rank 1 of two, in a process of its own. */
final class PeerProcess {
  private PeerProcess() {}

  /**
   * Starts the process; {@code operations} all-reduces, then it sleeps.
   *
   * @param transport value of the variable that says how bytes travel
   */
  static Process start(int port, Duration timeout, int operations, String transport)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
            "-Xmx200m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            PeerProcess.class.getName(),
            Integer.toString(port),
            Long.toString(timeout.toMillis()),
            Integer.toString(operations));
    builder.environment().put(SharedMemorySettings.VARIABLE, transport);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    return builder.start();
  }

  /** Arguments: port, timeout in milliseconds, number of operations. */
  public static void main(String[] arguments) throws InterruptedException {
    Duration timeout = Duration.ofMillis(Long.parseLong(arguments[1]));
    try (Collectives group =
            GlooCollectives.connect(Ranks.settings(1, 2, Integer.parseInt(arguments[0]), timeout));
        TensorScope scope = TensorScope.open()) {
      Tensor tensor = torch.ones(4);
      for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
        group.allReduce(tensor, Collectives.Reduction.AVG).await();
      }
      Thread.sleep(600_000);
    }
  }
}
