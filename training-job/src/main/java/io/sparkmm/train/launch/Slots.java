package io.sparkmm.train.launch;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** Counts how many workers an application can run at the same time. */
public final class Slots {
  private static final Pattern LOCAL_CLUSTER =
      Pattern.compile("local-cluster\\[\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,\\s*\\d+\\s*]");

  private Slots() {}

  /**
   * Number of task slots that the application's settings promise: those of a local master, or
   * executors times cores per executor, in both cases divided by {@code spark.task.cpus}.
   *
   * @return empty when the settings do not say how many executors there will be
   */
  public static OptionalInt promised(SparkContext context) {
    if (SparkSettings.isLocal(context.master())) {
      return OptionalInt.of(local(context));
    }
    SparkConf conf = context.getConf();
    int taskCpus = taskCpus(conf);
    Matcher cluster = LOCAL_CLUSTER.matcher(context.master());
    if (cluster.matches()) {
      int perExecutor = Integer.parseInt(cluster.group(2)) / taskCpus;
      return OptionalInt.of(Integer.parseInt(cluster.group(1)) * perExecutor);
    }
    int perExecutor = conf.getInt("spark.executor.cores", 1) / taskCpus;
    if (conf.contains("spark.cores.max") && conf.contains("spark.executor.cores")) {
      int executors = conf.getInt("spark.cores.max", 0) / conf.getInt("spark.executor.cores", 1);
      return OptionalInt.of(executors * perExecutor);
    }
    if (conf.contains("spark.executor.instances")) {
      return OptionalInt.of(conf.getInt("spark.executor.instances", 0) * perExecutor);
    }
    return OptionalInt.empty();
  }

  static int local(SparkContext context) {
    return context.defaultParallelism() / taskCpus(context.getConf());
  }

  private static int taskCpus(SparkConf conf) {
    return conf.getInt("spark.task.cpus", 1);
  }
}
