package io.sparkmm.train.metrics.tensorboard;

import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.MetricsSink;
import io.sparkmm.train.metrics.TimeSplit;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.metrics.WorkerTimes;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * Writes what a run tells to event files that TensorBoard shows, under the names that Megatron-LM
 * gives them. Numbers whose steps are samples stand in a folder of their own below, because what
 * withdraws the numbers of a broken-off run counts in one kind of step.
 */
public final class TensorBoardSink implements MetricsSink {
  /** Folder of the numbers by samples, below the one of the numbers by iteration. */
  public static final String SAMPLES_FOLDER = "vs-samples";

  private static final String VS_SAMPLES = " vs samples";

  private final Settings settings;
  private final EventFolder byIteration;
  private final EventFolder bySamples;

  /**
   * What is written.
   *
   * @param interval iterations between two entries
   * @param workers number of ranks
   * @param times whether the time of an iteration and its parts are written, too
   * @param perplexity whether validations come with the exponential of their losses
   * @param workerCount whether the number of workers is written
   */
  public record Settings(
      int interval, int workers, boolean times, boolean perplexity, boolean workerCount) {}

  /**
   * Makes a sink; files are made with the first entry.
   *
   * @param folder folder for the event files; it is created when it is missing
   * @param wallSeconds clock, in seconds since 1970
   */
  public TensorBoardSink(Path folder, Settings settings, DoubleSupplier wallSeconds) {
    this.settings = settings;
    byIteration = new EventFolder(folder, wallSeconds);
    bySamples = new EventFolder(folder.resolve(SAMPLES_FOLDER), wallSeconds);
  }

  @Override
  public void iteration(IterationRecord values) {
    if (values.iteration() % settings.interval() != 0) {
      return;
    }
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("learning-rate", values.learningRate());
    numbers.put("batch-size", (double) values.globalBatchSize());
    numbers.putAll(values.log());
    numbers.put("loss-scale", values.lossScale());
    if (settings.workerCount()) {
      numbers.put("world-size", (double) settings.workers());
    }
    numbers.put("grad-norm", values.gradNorm());
    bySamples(values.consumedSamples(), numbers);
    numbers.put("tokens-per-second", values.tokens() * 1000.0 / values.elapsedMillis());
    if (settings.times()) {
      numbers.put("iteration-time", values.elapsedMillis() / 1000);
    }
    byIteration.scalars(values.iteration(), numbers);
  }

  @Override
  public void times(WorkerTimes times) {
    if (!settings.times() || times.iterations() == 0) {
      return;
    }
    TimeSplit mean = times.times().times(1e-3 / times.iterations());
    String prefix = String.format(Locale.ROOT, "time rank %d/", times.rank());
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put(prefix + "data", mean.data());
    numbers.put(prefix + "gather", mean.gather());
    numbers.put(prefix + "forward", mean.forward());
    numbers.put(prefix + "exchange", mean.exchange());
    numbers.put(prefix + "backward", mean.backward());
    numbers.put(prefix + "reduce", mean.reduce());
    numbers.put(prefix + "optimizer", mean.optimizer());
    numbers.put(prefix + "save", mean.save());
    byIteration.scalars(times.lastIteration(), numbers);
  }

  @Override
  public void validation(ValidationRecord values) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    values
        .values()
        .forEach(
            (name, value) -> {
              numbers.put(name + " validation", value);
              if (settings.perplexity()) {
                numbers.put(name + " validation ppl", ValidationRecord.perplexity(value));
              }
            });
    byIteration.scalars(values.iteration(), numbers);
    bySamples(values.consumedSamples(), numbers);
    flush();
  }

  @Override
  public void rewind(long iteration) {
    close();
  }

  @Override
  public void flush() {
    byIteration.flush();
    bySamples.flush();
  }

  @Override
  public void close() {
    byIteration.close();
    bySamples.close();
  }

  private void bySamples(long samples, Map<String, Double> numbers) {
    Map<String, Double> renamed = new LinkedHashMap<>();
    numbers.forEach((name, value) -> renamed.put(name + VS_SAMPLES, value));
    bySamples.scalars(samples, renamed);
  }
}
