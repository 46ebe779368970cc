package io.sparkmm.train.metrics;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes one JSON object per iteration to a file, so that it can be watched while the job runs.
 * Keys that end in {@code _ms} or {@code per_second} hold times; all other values are the same in
 * two runs of the same job. The results of a validation stand in a line of their own, with {@code
 * validation} instead of the values of training.
 *
 * <p>Values of the loss function stand under their own names, blanks replaced by {@code _}. A value
 * that is not finite is written as text, since JSON has no such numbers.
 */
public final class MetricsWriter implements MetricsSink {
  /** Key of the number of the iteration. */
  public static final String ITERATION = "iteration";

  /** Key of a validation's results. */
  public static final String VALIDATION = "validation";

  private final JsonLinesFile file;
  private final long lastIteration;

  /**
   * Goes on with a file that is there; one that is not is created with its first line.
   *
   * @throws UncheckedIOException when it cannot be read
   */
  public MetricsWriter(Path file) {
    this.file = new JsonLinesFile(file);
    long[] last = {0};
    JsonLinesFile.read(file, line -> last[0] = Math.max(last[0], line.path(ITERATION).asLong()));
    lastIteration = last[0];
  }

  /** Last iteration in the file when it was opened; 0 for none. */
  public long lastIteration() {
    return lastIteration;
  }

  @Override
  public void iteration(IterationRecord values) {
    file.write(toJson(values));
  }

  @Override
  public void validation(ValidationRecord values) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put(ITERATION, values.iteration());
    json.put("consumed_samples", values.consumedSamples());
    ObjectNode results = json.putObject(VALIDATION);
    values.values().forEach((name, value) -> put(results, key(name), value));
    file.write(json);
  }

  @Override
  public void rewind(long iteration) {
    file.keep(line -> line.path(ITERATION).asLong() <= iteration);
  }

  @Override
  public void close() {
    file.close();
  }

  static ObjectNode toJson(IterationRecord values) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    double perSecond = 1000.0 / values.elapsedMillis();
    json.put(ITERATION, values.iteration());
    json.put("consumed_samples", values.consumedSamples());
    put(json, "learning_rate", values.learningRate());
    json.put("global_batch_size", values.globalBatchSize());
    for (Map.Entry<String, Double> entry : values.log().entrySet()) {
      String key = key(entry.getKey());
      if (json.has(key)) {
        throw new IllegalArgumentException("Cannot write metric " + key + ": the name is taken");
      }
      put(json, key, entry.getValue());
    }
    put(json, "loss_scale", values.lossScale());
    put(json, "grad_norm", values.gradNorm());
    json.put("tokens", values.tokens());
    json.put("target_tokens", values.targetTokens());
    json.put("skipped", values.skipped());
    json.put("nan", values.nan());
    put(json, "elapsed_ms", values.elapsedMillis());
    put(json, "samples_per_second", values.globalBatchSize() * perSecond);
    put(json, "tokens_per_second", values.tokens() * perSecond);
    json.set("split_ms", split(values.times()));
    return json;
  }

  /** The parts of a time in milliseconds, rounded to microseconds. */
  static ObjectNode split(TimeSplit times) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    put(json, "data", rounded(times.data()));
    put(json, "gather", rounded(times.gather()));
    put(json, "forward", rounded(times.forward()));
    put(json, "exchange", rounded(times.exchange()));
    put(json, "backward", rounded(times.backward()));
    put(json, "reduce", rounded(times.reduce()));
    put(json, "optimizer", rounded(times.optimizer()));
    return json;
  }

  static double rounded(double millis) {
    return Math.rint(millis * 1000) / 1000;
  }

  private static String key(String name) {
    return name.replace(' ', '_');
  }

  private static void put(ObjectNode json, String key, double value) {
    if (Double.isFinite(value)) {
      json.put(key, value);
    } else {
      json.put(key, Double.toString(value));
    }
  }
}
