package io.sparkmm.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.MetricsWriter;
import io.sparkmm.train.metrics.TimeSplit;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.metrics.WorkerTimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
  private static final RunFacts FACTS =
      new RunFacts(
          "Training of <qwen2vl>",
          100,
          2,
          new LinkedHashMap<>(
              Map.of("Data", new LinkedHashMap<>(Map.of("folder", "file:/data & more")))));

  @TempDir private Path folder;

  private LocalDateTime now = LocalDateTime.of(2026, 3, 4, 5, 6, 7);

  @Test
  void isThereFromTheStartAndIsWrittenAgainEverySomeSeconds() throws IOException {
    RunReport report = report("report.html");
    report.joined(0, "host-a", "g1");
    report.started(new TrainStart(2, 3, 1_234_567, 1_000_000, 617_284));
    assertThat(page())
        .contains("http-equiv=\"refresh\"", "running", "iteration 0 of 100", "1,234,567")
        .contains("Training of &lt;qwen2vl&gt;", "file:/data &amp; more")
        .doesNotContain("<qwen2vl>", "<script");

    report.iteration(iteration(1));
    assertThat(page()).contains("iteration 0 of 100");
    now = now.plusSeconds(10);
    report.iteration(iteration(2));
    assertThat(page()).contains("iteration 2 of 100");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactly("report.html");
    }
  }

  @Test
  void aRunThatHadNothingLeftToDoIsShownAtItsEnd() throws IOException {
    RunReport report = report("report.html");
    report.joined(0, "host-a", "g1");
    report.started(new TrainStart(1, 1, 10, 10, 10));
    report.done(100);
    report.close();

    assertThat(page()).contains("iteration 100 of 100", "width:100.00%");
  }

  @Test
  void showsWhereTimeGoesAndWhoWaitsForWhom() throws IOException {
    RunReport report = report("report.html");
    report.joined(0, "host-a", "g1");
    report.joined(1, "host-b", "g1");
    report.times(times(0, 40));
    report.times(times(1, 5));
    report.validation(new ValidationRecord(2, 16, Map.of("loss", 1.25)));
    report.iteration(iteration(1));
    report.iteration(iteration(2));
    report.done(2);
    report.close();

    assertThat(page())
        .contains("Rank 1 on host-b is the slowest in 100 % of the iterations; the others wait")
        .contains("title=\"forward 30.0 ms\"", "title=\"gather 5.0 ms\"", "512 MiB")
        .contains("validation loss", "1.25")
        .contains("class=\"status done\"")
        .doesNotContain("refresh");
  }

  @Test
  void tellsWhyARunFailedAndWhatItTried() throws IOException {
    RunReport report = report("sub/report.html");
    report.joined(0, "host-a", "g1");
    report.started(new TrainStart(1, 1, 10, 10, 10));
    report.iteration(iteration(1));
    report.iteration(iteration(2));
    report.joined(0, "host-a", "g2");
    report.rewind(1);
    report.iteration(iteration(2));
    report.failed("Cannot go on with 2 workers: rank 1 <b> failed");
    report.close();

    String page = Files.readString(folder.resolve("sub/report.html"));
    assertThat(page)
        .contains("class=\"status failed\"")
        .contains("<p class=\"failure\">Cannot go on with 2 workers: rank 1 &lt;b&gt; failed</p>")
        .contains("a worker was lost; the run began again");
  }

  @Test
  void goesOnWithTheCurvesOfAnEarlierRun() throws IOException {
    Path metrics = folder.resolve("metrics.jsonl");
    try (MetricsWriter writer = new MetricsWriter(metrics)) {
      writer.iteration(iteration(1));
      writer.iteration(iteration(2));
    }
    RunReport report = report("report.html");
    report.readFrom(metrics);
    report.iteration(iteration(3));
    report.close();

    String loss = page().substring(page().indexOf("Loss by iteration"));
    String line = loss.substring(loss.indexOf("points=\"") + 8, loss.indexOf("\"/></svg>"));
    assertThat(line.trim().split(" ", -1)).hasSize(3);
  }

  @Test
  void aPageThatCannotBeWrittenDoesNotEndTheRun() throws IOException {
    Files.createFile(folder.resolve("taken"));
    RunReport report = report("taken/report.html");

    report.iteration(iteration(1));
    report.close();

    assertThat(folder.resolve("taken")).isEmptyFile();
  }

  private RunReport report(String name) {
    return new RunReport(folder.resolve(name), FACTS, Duration.ofSeconds(10), () -> now);
  }

  private String page() throws IOException {
    return Files.readString(folder.resolve("report.html"));
  }

  private static IterationRecord iteration(long iteration) {
    return new IterationRecord(
        iteration,
        100,
        iteration * 8,
        1e-3,
        8,
        Map.of("loss", 2.5 / iteration),
        1,
        0.5,
        false,
        64,
        32,
        TimeSplit.ofTotal(100));
  }

  private static WorkerTimes times(int rank, float gather) {
    return new WorkerTimes(
        rank,
        1,
        new TimeSplit(200, 2, 2 * gather, 60, 0, 20, 0, 10, 0),
        new float[] {gather, gather},
        512L << 20);
  }
}
