package io.sparkmm.data.job;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Feeds a progress display with the counts of running tasks, which arrive with each heartbeat, and
 * of finished ones. Of several attempts of a task the one that came farthest counts: all of them go
 * through the same records.
 */
final class TaskProgress extends SparkListener {
  private static final Counts NONE = new Counts(0, 0, 0);

  private final ProgressPrinter printer;
  private final RecordCounters counters;
  private final Counts before;
  private final LongConsumer settled;
  private final Map<Long, Integer> partitions = new HashMap<>();
  private final Map<Integer, Counts> counts = new HashMap<>();
  private Counts sum = NONE;

  /**
   * Numbers of records.
   *
   * @param records read
   * @param rejects left out
   * @param settled left out of finished shards
   */
  record Counts(long records, long rejects, long settled) {
    private Counts plus(Counts other) {
      return new Counts(records + other.records, rejects + other.rejects, settled + other.settled);
    }

    private Counts minus(Counts other) {
      return new Counts(records - other.records, rejects - other.rejects, settled - other.settled);
    }

    private Counts most(Counts other) {
      return new Counts(
          Math.max(records, other.records),
          Math.max(rejects, other.rejects),
          Math.max(settled, other.settled));
    }
  }

  /**
   * A listener for one job.
   *
   * @param before what an earlier run has done
   * @param settled is told how many records were left out for certain
   */
  TaskProgress(
      ProgressPrinter printer, RecordCounters counters, Counts before, LongConsumer settled) {
    this.printer = printer;
    this.counters = counters;
    this.before = before;
    this.settled = settled;
    printer.resume(before.records(), before.rejects());
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart start) {
    partitions.put(start.taskInfo().taskId(), start.taskInfo().index());
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> update((Long) task._1(), CollectionConverters.asJava(task._4())));
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.taskInfo().successful()) {
      update(end.taskInfo().taskId(), CollectionConverters.asJava(end.taskInfo().accumulables()));
    }
    synchronized (this) {
      partitions.remove(end.taskInfo().taskId());
    }
  }

  private synchronized void update(long task, Iterable<AccumulableInfo> values) {
    Integer partition = partitions.get(task);
    if (partition == null) {
      return;
    }
    Counts known = counts.getOrDefault(partition, NONE);
    Counts now = known.most(read(values));
    counts.put(partition, now);
    sum = sum.plus(now).minus(known);
    Counts all = before.plus(sum);
    printer.update(all.records(), all.rejects());
    settled.accept(all.settled());
  }

  private Counts read(Iterable<AccumulableInfo> values) {
    long records = 0;
    long rejects = 0;
    long finished = 0;
    for (AccumulableInfo value : values) {
      Optional<Long> number = number(value);
      if (number.isPresent() && value.id() == counters.records().id()) {
        records = number.get();
      } else if (number.isPresent() && value.id() == counters.rejects().id()) {
        rejects = number.get();
      } else if (number.isPresent() && value.id() == counters.settled().id()) {
        finished = number.get();
      }
    }
    return new Counts(records, rejects, finished);
  }

  private static Optional<Long> number(AccumulableInfo value) {
    return value.update().isDefined() && value.update().get() instanceof Long number
        ? Optional.of(number)
        : Optional.empty();
  }
}
