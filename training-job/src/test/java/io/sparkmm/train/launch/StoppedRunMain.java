package io.sparkmm.train.launch;

import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/** A driver with two workers in its own process, to be told to end by a test. */
public final class StoppedRunMain {
  private StoppedRunMain() {}

  /** Trains as the arguments say; prints what the run ends with. */
  public static void main(String[] arguments) {
    JavaSparkContext spark = TestSpark.start("local[2]");
    try {
      TrainJob.run(spark, TrainSettings.parse(List.of(arguments), Map.of()), System.out);
    } catch (LaunchException e) {
      System.out.println("Ended with: " + e.getMessage());
    }
  }
}
