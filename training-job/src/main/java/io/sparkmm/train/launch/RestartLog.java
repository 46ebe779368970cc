package io.sparkmm.train.launch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Appends one JSON object per restart to a file, which is there only if there was one. */
final class RestartLog {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;

  RestartLog(Path file) {
    this.file = Objects.requireNonNull(file, "file");
  }

  /**
   * Appends a restart.
   *
   * @param reached newest iteration of the metrics file; those after {@link Restart#fromIteration}
   *     up to it are done twice
   */
  void add(Restart restart, long reached) {
    ObjectNode json = JSON.createObjectNode();
    json.put("attempt", restart.attempt());
    json.put("from_iteration", restart.fromIteration());
    json.put("reached_iteration", reached);
    json.put("reason", restart.reason());
    try {
      Files.writeString(
          file,
          JSON.writeValueAsString(json) + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to " + file + ": " + e, e);
    }
  }
}
