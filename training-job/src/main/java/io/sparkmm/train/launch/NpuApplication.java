package io.sparkmm.train.launch;

import io.sparkmm.conf.NpuVariables;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** What a Spark application has to provide for workers with NPUs, and what it gets. */
final class NpuApplication {
  private static final String CONNECT_TIMEOUT = "HCCL_CONNECT_TIMEOUT";

  /**
   * Ranks come to their first exchange at different times: HCCL's own 120 s are often too short.
   */
  private static final String LONG_CONNECT_TIMEOUT = "1200";

  private static final String DEFAULT_COOL_DOWN = "10s";
  private static final String EXECUTOR_VARIABLE = "spark.executorEnv.";

  private NpuApplication() {}

  /**
   * Checks what can be checked before a worker runs.
   *
   * @throws LaunchException naming the setting and the value it needs
   */
  static void check(SparkContext context, DevicePlan devices, int workers) {
    if (!devices.npus()) {
      return;
    }
    String master = context.master();
    if (SparkSettings.isLocal(master)) {
      if (workers > 1) {
        throw refuse(
            "master "
                + master
                + " runs "
                + workers
                + " workers in one process, and a process serves one NPU; use a cluster, or"
                + " --nproc_per_node 1");
      }
      return;
    }
    SparkConf conf = context.getConf();
    String name = Npus.resource(conf);
    String key = "spark.task.resource." + name + ".amount";
    if (!conf.contains(key)) {
      throw refuse(
          key
              + " is not set, so Spark gives the workers no device; set it and spark.executor.resource."
              + name
              + ".amount to 1, or the name of the resource in "
              + Npus.RESOURCE_KEY
              + " (docs/npu.md has the settings for each cluster manager)");
    }
    if (Double.parseDouble(conf.get(key)) != 1) {
      throw refuse(key + " is " + conf.get(key) + ", and a worker uses one NPU: set it to 1");
    }
    String amount = "spark.executor.resource." + name + ".amount";
    if (conf.contains(amount) && conf.getInt(amount, 1) != 1) {
      throw refuse(
          amount
              + " is "
              + conf.get(amount)
              + ", and a process serves one NPU: set it to 1, with an executor for each NPU");
    }
  }

  /** How long NPUs are left alone between attempts; no time on the CPU. */
  static Duration coolDown(SparkConf conf, DevicePlan devices) {
    return devices.npus()
        ? Duration.ofMillis(conf.getTimeAsMs(Npus.COOL_DOWN_KEY, DEFAULT_COOL_DOWN))
        : Duration.ZERO;
  }

  /**
   * Hands the variables that CANN, HCCL and torch_npu read to the executors, except for those that
   * the application sets itself and those that name places and devices of this host.
   *
   * @param environment variables of the driver
   */
  static void forward(SparkConf conf, DevicePlan devices, Map<String, String> environment) {
    if (!devices.npus()) {
      return;
    }
    Map<String, String> variables = new TreeMap<>(NpuVariables.shared(environment));
    variables.putIfAbsent(CONNECT_TIMEOUT, LONG_CONNECT_TIMEOUT);
    variables.forEach((name, value) -> conf.setIfMissing(EXECUTOR_VARIABLE + name, value));
  }

  private static LaunchException refuse(String reason) {
    return new LaunchException(
        LaunchException.Kind.SPARK_SETTINGS,
        "Cannot use NPUs in this Spark application: " + reason);
  }
}
