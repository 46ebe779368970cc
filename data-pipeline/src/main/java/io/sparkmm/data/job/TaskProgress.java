package io.sparkmm.data.job;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Feeds a progress display with the counts of running tasks, which arrive with each heartbeat, and
 * of finished ones.
 */
final class TaskProgress extends SparkListener {
  private final ProgressPrinter printer;
  private final Map<Long, Counts> tasks = new HashMap<>();

  private record Counts(long records, long rejects) {}

  TaskProgress(ProgressPrinter printer) {
    this.printer = printer;
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
    } else {
      synchronized (this) {
        tasks.remove(end.taskInfo().taskId());
      }
    }
  }

  private synchronized void update(long task, Iterable<AccumulableInfo> values) {
    Counts before = tasks.getOrDefault(task, new Counts(0, 0));
    long records = before.records();
    long rejects = before.rejects();
    for (AccumulableInfo value : values) {
      if (value.name().isDefined() && value.update().isDefined()) {
        if (value.name().get().equals(RecordCounters.RECORDS)) {
          records = (Long) value.update().get();
        } else if (value.name().get().equals(RecordCounters.REJECTS)) {
          rejects = (Long) value.update().get();
        }
      }
    }
    tasks.put(task, new Counts(records, rejects));
    printer.update(
        tasks.values().stream().mapToLong(Counts::records).sum(),
        tasks.values().stream().mapToLong(Counts::rejects).sum());
  }
}
