package io.sparkmm.train.npu.standin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the stand-in recorded: wrong uses and doubtful ones, in the order of writing. */
public record StandInReport(List<Entry> entries) {
  /**
   * One record.
   *
   * @param severity {@code violation} or {@code warning}
   * @param check number of the contract check, as in {@code src/test/c/README.md}
   * @param api function in which it was found
   * @param rank rank in its communicator, -1 where none is known
   * @param message what is wrong
   */
  public record Entry(String severity, int check, String api, int rank, String message) {}

  /** Copies the list. */
  public StandInReport {
    entries = List.copyOf(entries);
  }

  /** Reads the file that {@code STANDIN_REPORT} named; empty where nothing was recorded. */
  public static StandInReport read(Path file) {
    if (!Files.exists(file)) {
      return new StandInReport(List.of());
    }
    ObjectMapper mapper = new ObjectMapper();
    try {
      return new StandInReport(
          Files.readAllLines(file).stream().map(line -> parse(mapper, line)).toList());
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  private static Entry parse(ObjectMapper mapper, String line) {
    try {
      JsonNode node = mapper.readTree(line);
      return new Entry(
          node.get("severity").asText(),
          node.get("check").asInt(),
          node.get("api").asText(),
          node.get("rank").asInt(),
          node.get("message").asText());
    } catch (IOException problem) {
      throw new UncheckedIOException("Cannot read the stand-in's record: " + line, problem);
    }
  }

  /** Returns the wrong uses. */
  public List<Entry> violations() {
    return entries.stream().filter(entry -> entry.severity().equals("violation")).toList();
  }

  /** Returns the doubtful uses. */
  public List<Entry> warnings() {
    return entries.stream().filter(entry -> entry.severity().equals("warning")).toList();
  }
}
