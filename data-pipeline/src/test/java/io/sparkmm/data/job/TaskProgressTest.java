package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.shard.SourceOutcome;
import io.sparkmm.data.shard.TestShards;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class TaskProgressTest {
  private static void count(RecordCounters counters, int number) {
    // A repeated attempt must not count twice.
    if (number == 5 && TaskContext.get().attemptNumber() == 0) {
      throw new IllegalStateException("first attempt");
    }
    if (number % 4 == 0) {
      counters.settle(1);
    }
    counters.count(
        number % 4 == 0
            ? new SourceOutcome.Left(
                new RejectedSample("x", number, RejectReason.IMAGE_MISSING, "y"))
            : new SourceOutcome.Kept(TestShards.sample(number)));
  }

  @Test
  void countsOfTasksReachTheDisplay() throws InterruptedException {
    JavaSparkContext spark = TestSpark.retrying();
    RecordCounters counters = RecordCounters.register(spark.sc());
    ProgressPrinter printer =
        new ProgressPrinter(
            "records",
            10,
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            false,
            System::nanoTime);
    AtomicLong settled = new AtomicLong();
    TaskProgress progress =
        new TaskProgress(printer, counters, new TaskProgress.Counts(2, 1, 1), settled::set);
    spark.sc().addSparkListener(progress);
    try {
      spark
          .parallelize(List.of(0, 1, 2, 3, 4, 5, 6, 7), 3)
          .foreach(number -> count(counters, number));
      // Listeners are told by a thread of their own.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!printer.line().startsWith("records 10/10") && System.nanoTime() < deadline) {
        Thread.sleep(10);
      }
    } finally {
      spark.sc().removeSparkListener(progress);
    }
    assertThat(printer.line()).startsWith("records 10/10 (100.0 %)").endsWith("3 rejected");
    assertThat(settled).hasValue(3);
  }
}
