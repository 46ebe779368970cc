package io.sparkmm.train.metrics;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Writes one JSON object per iteration to a file and flushes it, so that the file can be watched
 * while the job runs. Keys that end in {@code _ms} or {@code per_second} hold times; all other
 * values are the same in two runs of the same job.
 *
 * <p>Values of the loss function stand under their own names, blanks replaced by {@code _}. A value
 * that is not finite is written as text, since JSON has no such numbers.
 */
public final class MetricsWriter implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final BufferedWriter out;

  /**
   * Creates the file.
   *
   * @throws UncheckedIOException when it exists or cannot be created
   */
  public MetricsWriter(Path file) {
    this.file = file;
    try {
      out =
          Files.newBufferedWriter(
              file,
              StandardCharsets.UTF_8,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot create metrics file " + file + ": " + e, e);
    }
  }

  /** Appends one iteration. */
  public void write(IterationRecord values) {
    try {
      out.write(JSON.writeValueAsString(toJson(values)));
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to metrics file " + file + ": " + e, e);
    }
  }

  static ObjectNode toJson(IterationRecord values) {
    ObjectNode json = JSON.createObjectNode();
    json.put("iteration", values.iteration());
    json.put("consumed_samples", values.consumedSamples());
    put(json, "learning_rate", values.learningRate());
    json.put("global_batch_size", values.globalBatchSize());
    for (Map.Entry<String, Double> entry : values.log().entrySet()) {
      String key = entry.getKey().replace(' ', '_');
      if (json.has(key)) {
        throw new IllegalArgumentException("Cannot write metric " + key + ": the name is taken");
      }
      put(json, key, entry.getValue());
    }
    put(json, "loss_scale", values.lossScale());
    put(json, "grad_norm", values.gradNorm());
    json.put("skipped", values.skipped());
    put(json, "elapsed_ms", values.elapsedMillis());
    put(json, "samples_per_second", values.globalBatchSize() * 1000.0 / values.elapsedMillis());
    Double tokens = values.log().get(RunSummary.TOKENS_PER_SAMPLE);
    if (tokens != null) {
      put(
          json,
          "tokens_per_second",
          tokens * values.globalBatchSize() * 1000.0 / values.elapsedMillis());
    }
    return json;
  }

  private static void put(ObjectNode json, String key, double value) {
    if (Double.isFinite(value)) {
      json.put(key, value);
    } else {
      json.put(key, Double.toString(value));
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close metrics file " + file + ": " + e, e);
    }
  }
}
