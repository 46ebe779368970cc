package io.sparkmm.train.npu.standin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stand-in inside of a Java process: memory faults of the JVM itself and of wrong use. */
class StandInJvmTest {
  @TempDir private Path folder;

  @Test
  void nullReferencesStayExceptions() throws IOException, InterruptedException {
    int exit = run();
    assertThat(exit).as(errors()).isZero();
    assertThat(Files.readString(folder.resolve("output.txt"))).contains("0.found=300000");
    assertThat(report().entries()).isEmpty();
  }

  @Test
  void readingDeviceMemoryEndsTheJvmWithARecord() throws IOException, InterruptedException {
    int exit = run("read");
    assertThat(exit).as(errors()).isNotZero();
    assertThat(Files.readString(folder.resolve("output.txt")))
        .contains("A fatal error has been detected by the Java Runtime Environment")
        .contains("SIGSEGV")
        .doesNotContain("0.value");
    assertThat(report().violations())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.check()).isEqualTo(8);
              assertThat(entry.message()).contains("byte 100 of a block of 4096 bytes");
            });
  }

  private int run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:-CreateCoredumpOnCrash"));
    command.add("-XX:ErrorFile=" + folder.resolve("hs_err.log"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(DeviceMemoryMain.class.getName());
    command.add(StandInBuild.libraries(StandInBuild.Layout.JOINED).toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(folder.resolve("output.txt").toFile())
            .redirectError(folder.resolve("errors.txt").toFile());
    builder.environment().putAll(StandInRun.environment(folder));
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("Cannot finish in 60 s: " + errors());
    }
    return process.exitValue();
  }

  private String errors() throws IOException {
    return Files.readString(folder.resolve("errors.txt"), UTF_8);
  }

  private StandInReport report() {
    return StandInReport.read(folder.resolve("report.jsonl"));
  }
}
