package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class DriverStopTest {
  private static final int TERMINATED = 128 + 15;

  @TempDir private Path folder;

  @Test
  void aDriverThatIsToldToEndLeavesTheRecordOfARunThatEnded() throws Exception {
    ShapesRun run;
    try (JavaSparkContext spark = TestSpark.start("local[2]")) {
      run = ShapesRun.prepare(spark, folder);
    }
    Path save = folder.resolve("save");
    Path tracker = save.resolve("latest_checkpointed_iteration.txt");
    Process driver =
        start(
            run.arguments(
                "--train-iters",
                "100000",
                "--save",
                save.toString(),
                "--save-interval",
                "2",
                "--log-interval",
                "1000"));
    try {
      while (driver.isAlive() && !Files.exists(tracker)) {
        Thread.sleep(50);
      }
      driver.destroy();
      assertThat(driver.waitFor(60, TimeUnit.SECONDS)).as("the driver ends").isTrue();
    } finally {
      driver.destroyForcibly();
    }

    assertThat(driver.exitValue()).isEqualTo(TERMINATED);
    assertThat(Files.readString(folder.resolve("driver.log")))
        .contains("Ended with: The run was ended from outside")
        .doesNotContain("attempt 2");
    assertThat(Files.readString(save.resolve("report.html")))
        .contains("class=\"status failed\"", "The run was ended from outside")
        .doesNotContain("http-equiv=\"refresh\"");
    assertThat(save.resolve("restarts.jsonl")).doesNotExist();
    long kept = Long.parseLong(Files.readString(tracker));
    assertThat(save.resolve(String.format("iter_%07d", kept)).resolve(".metadata")).exists();
    assertThat(Files.readAllLines(save.resolve("metrics.jsonl")))
        .as("what was not yet written when the signal came")
        .hasSizeGreaterThanOrEqualTo((int) kept);
  }

  private Process start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(word -> word.startsWith("--add-") || word.startsWith("-XX:+Ignore"))
            .toList());
    command.addAll(List.of("-Xmx600m", "-cp", System.getProperty("java.class.path")));
    command.add(StoppedRunMain.class.getName());
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("driver.log").toFile())
        .start();
  }
}
