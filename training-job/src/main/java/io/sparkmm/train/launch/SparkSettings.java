package io.sparkmm.train.launch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import scala.Tuple2;

/** Spark settings that a barrier stage of workers needs. */
public final class SparkSettings {
  private static final String PLUGINS = "spark.plugins";
  private static final String EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions";
  private static final String DYNAMIC_ALLOCATION = "spark.dynamicAllocation.enabled";
  private static final Map<String, String> DEFAULTS = defaults();

  private SparkSettings() {}

  private static Map<String, String> defaults() {
    Map<String, String> defaults = new LinkedHashMap<>();
    defaults.put(DYNAMIC_ALLOCATION, "false");
    defaults.put("spark.speculation", "false");
    defaults.put("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "2s");
    defaults.put("spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", "60");
    defaults.put("spark.barrier.sync.timeout", "5min");
    // New attempts are jobs of the driver's: see RestartingJob.
    defaults.put("spark.stage.maxConsecutiveAttempts", "1");
    defaults.put("spark.task.reaper.enabled", "true");
    defaults.put("spark.task.reaper.killTimeout", "60s");
    defaults.put("spark.executor.heartbeatInterval", "5s");
    defaults.put("spark.ui.showConsoleProgress", "false");
    // libgomp and OpenBLAS spin against each other otherwise.
    defaults.put("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE");
    return defaults;
  }

  /**
   * Prepares a configuration for training, before its context is made: sets what is not set, adds
   * {@link ProgressPlugin}, and for a local master drops requests for accelerators, which it would
   * wait for without end.
   *
   * @return the same object
   */
  public static SparkConf forTraining(SparkConf conf) {
    DEFAULTS.forEach(conf::setIfMissing);
    String plugins = conf.get(PLUGINS, "");
    if (!List.of(plugins.split(",", -1)).contains(ProgressPlugin.class.getName())) {
      conf.set(
          PLUGINS,
          plugins.isEmpty()
              ? ProgressPlugin.class.getName()
              : plugins + "," + ProgressPlugin.class.getName());
    }
    String options = conf.get(EXECUTOR_OPTIONS, "");
    if (!options.contains(NativeMemory.PROPERTY)) {
      conf.set(EXECUTOR_OPTIONS, (options + " -D" + NativeMemory.PROPERTY + "=0").strip());
    }
    if (isLocal(conf.get("spark.master", "local[*]"))) {
      resourceKeys(conf).forEach(conf::remove);
    }
    return conf;
  }

  /**
   * Checks that workers can run in a context.
   *
   * @throws LaunchException naming the setting and the value it needs
   */
  public static void check(SparkContext context) {
    SparkConf conf = context.getConf();
    if (conf.getBoolean(DYNAMIC_ALLOCATION, false)) {
      throw refuse(
          DYNAMIC_ALLOCATION, "true", "a barrier stage needs all its executors at once; set false");
    }
    String plugins = conf.get(PLUGINS, "");
    if (!List.of(plugins.split(",", -1)).contains(ProgressPlugin.class.getName())) {
      throw refuse(
          PLUGINS, "'" + plugins + "'", "it has to name " + ProgressPlugin.class.getName());
    }
    if (isLocal(context.master())) {
      for (String key : resourceKeys(conf)) {
        throw refuse(
            key, conf.get(key), "a local master has no such resources and waits for them; unset");
      }
    }
  }

  /** Whether executors are threads of the driver; {@code local-cluster} is not local. */
  public static boolean isLocal(String master) {
    return master.equals("local") || master.startsWith("local[");
  }

  private static List<String> resourceKeys(SparkConf conf) {
    List<String> keys = new ArrayList<>();
    for (Tuple2<String, String> entry : conf.getAll()) {
      if (entry._1().startsWith("spark.task.resource.")
          || entry._1().startsWith("spark.executor.resource.")) {
        keys.add(entry._1());
      }
    }
    return keys;
  }

  private static LaunchException refuse(String key, String value, String reason) {
    return new LaunchException(
        LaunchException.Kind.SPARK_SETTINGS,
        "Cannot run workers in this Spark application: "
            + key
            + " is "
            + value
            + ", but "
            + reason);
  }
}
