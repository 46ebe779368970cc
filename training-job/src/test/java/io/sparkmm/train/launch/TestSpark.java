package io.sparkmm.train.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Spark contexts for tests. */
public final class TestSpark {
  /** For processes that live for seconds: what better compilers and collectors take is lost. */
  static final List<String> SHORT_LIVED = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private TestSpark() {}

  /** The setting that starts executors as short-lived processes. */
  static String shortLivedExecutors() {
    return "spark.executor.extraJavaOptions=" + String.join(" ", SHORT_LIVED);
  }

  /**
   * Starts a context with the settings that training needs; extra settings as {@code key=value}.
   */
  public static JavaSparkContext start(String master, String... extra) {
    SparkConf conf =
        new SparkConf(false)
            .setMaster(master)
            .setAppName("sparkmm-test")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1");
    Arrays.stream(extra)
        .map(setting -> setting.split("=", 2))
        .forEach(pair -> conf.set(pair[0], pair[1]));
    return new JavaSparkContext(SparkSettings.forTraining(conf));
  }

  /**
   * Starts a context whose executors are processes with one core each. They get this process's
   * class path, since the Spark home of the tests has no jars. Extra settings as {@code key=value}.
   */
  public static JavaSparkContext cluster(int executors, Path folder, String... extra) {
    try {
      Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> settings =
        new ArrayList<>(
            List.of(
                "spark.executor.memory=600m",
                shortLivedExecutors(),
                "spark.executor.extraClassPath=" + System.getProperty("java.class.path"),
                "spark.executorEnv.SPARK_SCALA_VERSION=2.13",
                "spark.local.dir=" + folder));
    settings.addAll(List.of(extra));
    return start("local-cluster[" + executors + ",1,1024]", settings.toArray(String[]::new));
  }
}
