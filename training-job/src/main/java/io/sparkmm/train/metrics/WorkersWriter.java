package io.sparkmm.train.metrics;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Writes where the time of every rank goes to a file: one JSON object per rank and log interval,
 * sums over its iterations.
 */
public final class WorkersWriter implements MetricsSink {
  private static final String LAST = "last_iteration";

  private final JsonLinesFile file;

  /**
   * Goes on with a file that is there; one that is not is created with its first line.
   *
   * @throws UncheckedIOException when it cannot be read
   */
  public WorkersWriter(Path file) {
    this.file = new JsonLinesFile(file);
  }

  @Override
  public void iteration(IterationRecord values) {}

  @Override
  public void times(WorkerTimes times) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("rank", times.rank());
    json.put("first_iteration", times.firstIteration());
    json.put(LAST, times.lastIteration());
    json.put("elapsed_ms", MetricsWriter.rounded(times.times().total()));
    ObjectNode split = MetricsWriter.split(times.times());
    split.put("save", MetricsWriter.rounded(times.times().save()));
    json.set("split_ms", split);
    json.put("resident_bytes", times.residentBytes());
    file.write(json);
  }

  @Override
  public void rewind(long iteration) {
    file.keep(line -> line.path(LAST).asLong() <= iteration);
  }

  @Override
  public void close() {
    file.close();
  }
}
