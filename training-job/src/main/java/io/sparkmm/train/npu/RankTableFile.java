package io.sparkmm.train.npu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What matters of a rank table file before HCCL reads it: that it is finished, and which ranks it
 * has. A cluster's operator writes the file while jobs start already.
 *
 * @param file its path
 * @param ranks the ranks it names
 */
record RankTableFile(Path file, TreeSet<Integer> ranks) {
  private static final String COMPLETED = "completed";
  private static final long POLL_MILLIS = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Waits until the file is finished.
   *
   * @throws IllegalArgumentException if it is not within that time, or is not a rank table
   */
  static RankTableFile await(Path file, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      String state = "does not exist";
      if (Files.exists(file)) {
        JsonNode table = read(file);
        state = "has status " + table.path("status").asText("none");
        // The newest form of the file has no status, and is written at once.
        if (table.path("status").asText("").equals(COMPLETED) || table.has("rank_list")) {
          return new RankTableFile(file, ranks(table));
        }
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalArgumentException(
            "Cannot use rank table " + file + ": it " + state + ", not " + COMPLETED);
      }
      pause();
    }
  }

  /**
   * Makes sure that a worker has its place in the table.
   *
   * @throws IllegalArgumentException if the table is for another number of ranks, or lacks the rank
   */
  void require(int rank, int size) {
    if (ranks.size() != size || !ranks.contains(rank)) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot use rank table %s: it has ranks %s, this is rank %d of %d",
              file,
              ranks.stream().map(String::valueOf).collect(Collectors.joining(", ")),
              rank,
              size));
    }
  }

  private static TreeSet<Integer> ranks(JsonNode table) {
    TreeSet<Integer> ranks = new TreeSet<>();
    for (JsonNode rank : table.findValues("rank_id")) {
      ranks.add(rank.asInt(-1));
    }
    return ranks;
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException problem) {
      throw new IllegalArgumentException(
          "Cannot read rank table " + file + ": " + problem.getMessage(), problem);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot wait for the rank table: interrupted", problem);
    }
  }
}
