package io.sparkmm.data.job;

import java.util.Locale;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** One Spark context for all tests of a JVM; it is replaced only when the cores change. */
final class TestSpark {
  private TestSpark() {}

  /** A local Spark with this many cores. */
  static JavaSparkContext local(int cores) {
    return context(String.format(Locale.ROOT, "local[%d]", cores));
  }

  /** A local Spark with two cores that tries a task up to four times. */
  static JavaSparkContext retrying() {
    return context("local[2,4]");
  }

  /** A Spark with this master. */
  static JavaSparkContext context(String master) {
    if (SparkSession.getActiveSession().isDefined()) {
      SparkContext active = SparkSession.getActiveSession().get().sparkContext();
      if (!active.isStopped() && active.master().equals(master)) {
        return JavaSparkContext.fromSparkContext(active);
      }
      SparkSession.getActiveSession().get().stop();
    }
    SparkSession session =
        SparkSession.builder()
            .master(master)
            .appName("tests")
            .config("spark.ui.enabled", "false")
            .getOrCreate();
    return JavaSparkContext.fromSparkContext(session.sparkContext());
  }
}
