package io.sparkmm.train.launch;

import java.util.Arrays;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Spark contexts for tests. */
public final class TestSpark {
  private TestSpark() {}

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
}
