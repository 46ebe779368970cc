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
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class TaskProgressTest {
  private static void count(RecordCounters counters, int number) {
    counters.count(
        number % 4 == 0
            ? new SourceOutcome.Left(
                new RejectedSample("x", number, RejectReason.IMAGE_MISSING, "y"))
            : new SourceOutcome.Kept(TestShards.sample(number)));
  }

  @Test
  void countsOfTasksReachTheDisplay() throws InterruptedException {
    JavaSparkContext spark = TestSpark.local(2);
    RecordCounters counters = RecordCounters.register(spark.sc());
    ProgressPrinter printer =
        new ProgressPrinter(
            "records",
            8,
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            false,
            System::nanoTime);
    TaskProgress progress = new TaskProgress(printer);
    spark.sc().addSparkListener(progress);
    try {
      spark
          .parallelize(List.of(0, 1, 2, 3, 4, 5, 6, 7), 3)
          .foreach(number -> count(counters, number));
      // Listeners are told by a thread of their own.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!printer.line().startsWith("records 8/8") && System.nanoTime() < deadline) {
        Thread.sleep(10);
      }
    } finally {
      spark.sc().removeSparkListener(progress);
    }
    assertThat(printer.line()).startsWith("records 8/8 (100.0 %)").endsWith("2 rejected");
    assertThat(counters.records().sum()).isEqualTo(8);
    assertThat(counters.rejects().sum()).isEqualTo(2);
  }
}
