package io.sparkmm.train.comm.shared;

import io.sparkmm.conf.EnvironmentSettings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * Whether and where ranks on one host share memory.
 *
 * @param obstacle why they do not; empty if they are to
 * @param folder folder of a file system in memory
 * @param ringBytes most bytes of a rank's ring
 * @param groupBytes most bytes of a group's rings
 */
public record SharedMemorySettings(String obstacle, Path folder, long ringBytes, long groupBytes) {
  /** Environment variable: {@code auto}, or {@code sockets} for no shared memory. */
  public static final String VARIABLE = EnvironmentSettings.GLOO_TRANSPORT;

  /** The value of the variable that forbids it. */
  public static final String SOCKETS = "sockets";

  private static final String FOLDER = "/dev/shm";
  private static final long RING_BYTES = 8L << 20;
  private static final long GROUP_BYTES = 64L << 20;

  public SharedMemorySettings {
    Objects.requireNonNull(obstacle, "obstacle");
    Objects.requireNonNull(folder, "folder");
  }

  /** Shared memory where it is possible. */
  public static final SharedMemorySettings AUTO =
      new SharedMemorySettings("", Path.of(FOLDER), RING_BYTES, GROUP_BYTES);

  /** No shared memory, for a reason. */
  public static SharedMemorySettings none(String reason) {
    return new SharedMemorySettings(reason, Path.of(FOLDER), RING_BYTES, GROUP_BYTES);
  }

  /** What the environment asks for. */
  public static SharedMemorySettings of(Map<String, String> environment) {
    String asked = environment.getOrDefault(VARIABLE, "auto").strip();
    return asked.equals(SOCKETS) ? none(VARIABLE + " is " + SOCKETS) : AUTO;
  }
}
