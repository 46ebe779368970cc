package io.sparkmm.train.launch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.fault.FaultRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/**
 * The driver's record of what went wrong in a run: faults of its plan, and restarts, which are
 * appended to a file, one JSON object per line. The file is there only if there was a restart.
 */
final class Incidents {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FaultRecord faults;
  private final Optional<Path> file;

  /**
   * Makes a record.
   *
   * @param file where restarts go; empty to keep none
   */
  Incidents(FaultRecord faults, Optional<Path> file) {
    this.faults = Objects.requireNonNull(faults, "faults");
    this.file = Objects.requireNonNull(file, "file");
  }

  /** Notes that a fault is happening. */
  void fault(int number) {
    faults.fired(number);
  }

  /**
   * Appends a restart.
   *
   * @param reached newest iteration that was recorded; those after {@link Restart#fromIteration} up
   *     to it are done twice
   */
  void restarted(Restart restart, long reached) {
    if (file.isEmpty()) {
      return;
    }
    ObjectNode json = JSON.createObjectNode();
    json.put("attempt", restart.attempt());
    json.put("from_iteration", restart.fromIteration());
    json.put("reached_iteration", reached);
    json.put("reason", restart.reason());
    try {
      Files.writeString(
          file.get(),
          JSON.writeValueAsString(json) + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to " + file.get() + ": " + e, e);
    }
  }
}
