package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import org.apache.spark.SparkException;

/** Explains why a Spark job failed. */
final class JobFailures {
  private JobFailures() {}

  /**
   * The data side's own exception if a task threw one, for it names the cause; else one that says
   * what Spark says.
   *
   * @param work what could not be done, such as "prepare x"
   */
  static DataException explain(String work, Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DataException known) {
        return known;
      }
    }
    String message = failure instanceof SparkException ? failure.getMessage() : failure.toString();
    return new DataException(
        DataException.Kind.SOURCE,
        "Cannot " + work + ": the Spark job failed: " + message,
        failure);
  }
}
