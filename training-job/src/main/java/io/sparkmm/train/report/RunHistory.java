package io.sparkmm.train.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.JsonLinesFile;
import io.sparkmm.train.metrics.MetricsWriter;
import io.sparkmm.train.metrics.RankWaits;
import io.sparkmm.train.metrics.RunSummary;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.metrics.WorkerTimes;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The figures of a run, as far as a page shows them, in bounded memory. An object belongs to one
 * thread at a time.
 */
final class RunHistory {
  /** What is left out where the values of the loss function are drawn. */
  private static final List<String> NO_LOSS = List.of(RunSummary.TOKENS_PER_SAMPLE);

  private static final String LOSS = "loss";

  private final Map<String, Curve> losses = new LinkedHashMap<>();
  private final Map<String, Curve> validations = new LinkedHashMap<>();
  private final Curve gradNorm = new Curve();
  private final Curve learningRate = new Curve();
  private final Curve tokensPerSecond = new Curve();
  private final SortedMap<Integer, WorkerHistory> workers = new TreeMap<>();
  private final RankWaits waits;
  private Optional<IterationRecord> last = Optional.empty();
  private long reached;

  RunHistory(int ranks) {
    waits = new RankWaits(ranks, 1);
  }

  /** Takes over what an earlier run has left in its metrics file. */
  void readFrom(Path metrics) {
    JsonLinesFile.read(
        metrics,
        line -> {
          double iteration = line.path(MetricsWriter.ITERATION).asDouble();
          reached = Math.max(reached, (long) iteration);
          JsonNode results = line.path(MetricsWriter.VALIDATION);
          if (results.isObject()) {
            results
                .fieldNames()
                .forEachRemaining(
                    name ->
                        curve(validations, name)
                            .add(iteration, results.get(name).asDouble(Double.NaN)));
          } else {
            line.fieldNames()
                .forEachRemaining(
                    name -> {
                      if (name.equals(LOSS) || name.endsWith("_" + LOSS)) {
                        curve(losses, name).add(iteration, line.get(name).asDouble(Double.NaN));
                      }
                    });
            gradNorm.add(iteration, line.path("grad_norm").asDouble(Double.NaN));
            learningRate.add(iteration, line.path("learning_rate").asDouble(Double.NaN));
            tokensPerSecond.add(iteration, line.path("tokens_per_second").asDouble(Double.NaN));
          }
        });
  }

  void add(IterationRecord values) {
    double iteration = values.iteration();
    values
        .log()
        .forEach(
            (name, value) -> {
              if (!NO_LOSS.contains(name)) {
                curve(losses, key(name)).add(iteration, value);
              }
            });
    gradNorm.add(iteration, values.gradNorm());
    learningRate.add(iteration, values.learningRate());
    tokensPerSecond.add(iteration, values.tokens() * 1000.0 / values.elapsedMillis());
    last = Optional.of(values);
    reached = values.iteration();
  }

  void add(ValidationRecord values) {
    values
        .values()
        .forEach((name, value) -> curve(validations, key(name)).add(values.iteration(), value));
  }

  void add(WorkerTimes times) {
    WorkerHistory known = workers.get(times.rank());
    if (known == null) {
      workers.put(times.rank(), new WorkerHistory(times));
    } else {
      known.add(times);
    }
    waits.add(times).ifPresent(found -> workers.forEach((rank, worker) -> worker.add(found, rank)));
  }

  void rewind(long iteration) {
    losses.values().forEach(curve -> curve.rewind(iteration));
    validations.values().forEach(curve -> curve.rewind(iteration));
    gradNorm.rewind(iteration);
    learningRate.rewind(iteration);
    tokensPerSecond.rewind(iteration);
    waits.restart();
  }

  /** Values of the loss function by name. */
  Map<String, Curve> losses() {
    return losses;
  }

  /** Results of validations by name. */
  Map<String, Curve> validations() {
    return validations;
  }

  Curve gradNorm() {
    return gradNorm;
  }

  Curve learningRate() {
    return learningRate;
  }

  Curve tokensPerSecond() {
    return tokensPerSecond;
  }

  /** Ranks that have told of their time. */
  SortedMap<Integer, WorkerHistory> workers() {
    return workers;
  }

  /** Says how far the run is, which may have come there before this program began. */
  void reached(long iteration) {
    reached = iteration;
  }

  /** How far the run is. */
  long reached() {
    return reached;
  }

  /** The iteration that was done last by this program. */
  Optional<IterationRecord> last() {
    return last;
  }

  private static String key(String name) {
    return name.replace(' ', '_');
  }

  private static Curve curve(Map<String, Curve> curves, String name) {
    return curves.computeIfAbsent(name, missing -> new Curve());
  }
}
