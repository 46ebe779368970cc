package io.sparkmm.train.launch;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries messages from running workers to the driver: Spark's own counters arrive only when a task
 * has ended. Active when {@code spark.plugins} names this class; {@link SparkSettings#forTraining}
 * sees to it.
 *
 * <p>Spark makes the two halves itself and hands out no reference to them, hence the two static
 * fields: the channel of this JVM, and the jobs that this JVM's driver is listening for.
 */
public final class ProgressPlugin implements SparkPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressPlugin.class);
  private static final AtomicReference<PluginContext> CHANNEL = new AtomicReference<>();
  private static final Map<String, JobMonitor> JOBS = new ConcurrentHashMap<>();

  @Override
  public DriverPlugin driverPlugin() {
    return new Driver();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new Executor();
  }

  /** The way to the driver from this JVM. */
  static PluginContext channel() {
    PluginContext channel = CHANNEL.get();
    if (channel == null) {
      throw new LaunchException(
          LaunchException.Kind.SPARK_SETTINGS,
          "Cannot report to the driver: this executor was started without spark.plugins="
              + ProgressPlugin.class.getName());
    }
    return channel;
  }

  /** Directs the messages of a job to its monitor. */
  static void listen(String runId, JobMonitor monitor) {
    if (JOBS.putIfAbsent(runId, monitor) != null) {
      throw new IllegalStateException("Cannot listen to job " + runId + " twice");
    }
  }

  /** Drops whatever still arrives for a job. */
  static void forget(String runId) {
    JOBS.remove(runId);
  }

  private static final class Driver implements DriverPlugin {
    @Override
    public Map<String, String> init(SparkContext context, PluginContext pluginContext) {
      return Map.of();
    }

    @Override
    public Object receive(Object message) {
      if (!(message instanceof ProgressMessage)) {
        throw new IllegalArgumentException("Cannot handle a " + message.getClass().getName());
      }
      ProgressMessage progress = (ProgressMessage) message;
      JobMonitor monitor = JOBS.get(progress.runId());
      if (monitor == null) {
        LOG.debug("Dropped a late message of job {}", progress.runId());
      } else {
        monitor.accept(progress);
      }
      // Spark wants null, and logs anything else, for a message that was not asked.
      return progress.wantsReply() ? monitor != null : null;
    }
  }

  private static final class Executor implements ExecutorPlugin {
    private PluginContext own;

    @Override
    public void init(PluginContext context, Map<String, String> extraConf) {
      own = context;
      CHANNEL.set(context);
    }

    @Override
    public void shutdown() {
      CHANNEL.compareAndSet(own, null);
    }
  }
}
