package io.sparkmm.train.launch;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.TaskEndReason;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;

/**
 * Tells a {@link JobMonitor} of tasks that ended without a word of their worker: their executor was
 * killed, their host is gone, or the task could not even be loaded.
 */
final class StageWatcher extends SparkListener {
  private static final String JOB_GROUP = "spark.jobGroup.id";

  private final String jobGroup;
  private final JobMonitor monitor;
  private final Set<Integer> stages = ConcurrentHashMap.newKeySet();
  private final Set<Long> running = new HashSet<>();

  StageWatcher(String jobGroup, JobMonitor monitor) {
    this.jobGroup = jobGroup;
    this.monitor = monitor;
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted event) {
    if (event.properties() != null && jobGroup.equals(event.properties().getProperty(JOB_GROUP))) {
      stages.add(event.stageInfo().stageId());
    }
  }

  @Override
  public void onTaskStart(SparkListenerTaskStart event) {
    if (stages.contains(event.stageId())) {
      synchronized (running) {
        running.add(event.taskInfo().taskId());
      }
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd event) {
    if (!stages.contains(event.stageId())) {
      return;
    }
    synchronized (running) {
      running.remove(event.taskInfo().taskId());
      running.notifyAll();
    }
    TaskEndReason reason = event.reason();
    if (reason instanceof ExecutorLostFailure) {
      ExecutorLostFailure lost = (ExecutorLostFailure) reason;
      String why = lost.reason().isDefined() ? lost.reason().get() : "no reason given";
      lost(LaunchException.Kind.LOST, event, "the worker's process is gone: " + firstLine(why));
    } else if (reason instanceof ExceptionFailure) {
      ExceptionFailure failure = (ExceptionFailure) reason;
      lost(
          LaunchException.Kind.WORKER,
          event,
          failure.className() + ": " + firstLine(String.valueOf(failure.description())));
    }
  }

  /**
   * Waits until no task of the job runs any more.
   *
   * @return false when some still did at the end of the time
   */
  boolean awaitEnd(Duration longest) throws InterruptedException {
    long end = System.nanoTime() + longest.toNanos();
    synchronized (running) {
      for (long left = 1; !running.isEmpty() && left > 0; ) {
        left = (end - System.nanoTime()) / 1_000_000;
        running.wait(Math.max(1, left));
      }
      return running.isEmpty();
    }
  }

  private void lost(LaunchException.Kind kind, SparkListenerTaskEnd event, String why) {
    monitor.taskLost(
        kind,
        event.taskInfo().index(),
        event.taskInfo().host(),
        event.taskInfo().executorId(),
        why);
  }

  private static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }
}
