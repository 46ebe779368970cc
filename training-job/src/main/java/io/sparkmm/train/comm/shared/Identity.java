package io.sparkmm.train.comm.shared;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which process a rank is. A number alone would be that of another process one day.
 *
 * @param pid number of the process
 * @param started when it started, in ticks of the kernel since the machine did
 */
record Identity(long pid, long started) {
  private static final int STARTED_FIELD = 22;
  private static final int STATE_FIELD = 3;

  /** This process. */
  static Identity own() {
    long pid = ProcessHandle.current().pid();
    return find(pid)
        .orElseThrow(() -> new SharedMemoryException("Cannot read /proc/" + pid + "/stat"));
  }

  /** Whether the process still runs; one that nobody has buried yet does not. */
  boolean alive() {
    return pid == ProcessHandle.current().pid() || find(pid).filter(this::equals).isPresent();
  }

  private static Optional<Identity> find(long pid) {
    try {
      String line =
          Files.readString(
              Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
      // The second field, the name in brackets, may hold blanks and brackets.
      String[] rest = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
      char state = rest[0].charAt(0);
      return state == 'Z' || state == 'X'
          ? Optional.empty()
          : Optional.of(new Identity(pid, Long.parseLong(rest[STARTED_FIELD - STATE_FIELD])));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }
}
