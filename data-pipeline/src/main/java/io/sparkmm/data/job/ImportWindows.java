package io.sparkmm.data.job;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;

/**
 * Lets tasks convert parts of a source, a window of parts at a time, so that the driver holds no
 * more than the results of one window.
 *
 * @param spark where the tasks run
 * @param work what is done, for messages, such as "import x"
 * @param partitions tasks of a window; empty = one per part
 * @param windowBytes size of a window
 */
record ImportWindows(
    JavaSparkContext spark, String work, OptionalInt partitions, long windowBytes) {

  /** Takes the results in their order. */
  interface Sink {
    /** Takes the next result. */
    void accept(ConvertedChunk chunk) throws java.io.IOException;
  }

  /** Converts all parts. */
  <T> void run(
      List<T> parts, ToLongFunction<T> bytes, Function<T, ConvertedChunk> convert, Sink sink)
      throws java.io.IOException {
    for (List<T> window : windows(parts, bytes)) {
      for (ConvertedChunk chunk : converted(window, convert)) {
        sink.accept(chunk);
      }
    }
  }

  private <T> List<ConvertedChunk> converted(List<T> window, Function<T, ConvertedChunk> convert) {
    try {
      return spark
          .parallelize(window, Math.min(partitions.orElse(window.size()), window.size()))
          .map(convert)
          .collect();
    } catch (Exception e) {
      // Scala throws SparkException without declaring it.
      throw JobFailures.explain(work, e);
    }
  }

  private <T> List<List<T>> windows(List<T> parts, ToLongFunction<T> bytes) {
    List<List<T>> windows = new ArrayList<>();
    long filled = windowBytes;
    for (T part : parts) {
      if (filled >= windowBytes) {
        windows.add(new ArrayList<>());
        filled = 0;
      }
      windows.get(windows.size() - 1).add(part);
      filled += bytes.applyAsLong(part);
    }
    return windows;
  }
}
