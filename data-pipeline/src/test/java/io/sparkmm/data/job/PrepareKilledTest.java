package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class PrepareKilledTest {
  private static final long LIMIT_SECONDS = 300;

  @TempDir private Path folder;

  @Test
  void aKilledPreparationLeavesNothingVisibleAndCanBeRepeated() throws Exception {
    TestInputs inputs = TestInputs.draw(folder, 100);
    ObjectNode config = inputs.config();
    String file = inputs.records().toString();
    TestInputs.basic(config).put("dataset", String.join(",", Collections.nCopies(60, file)));
    Path configFile = Files.writeString(folder.resolve("data.json"), config.toString());
    Path outputs = Files.createDirectory(folder.resolve("outputs"));
    Path output = outputs.resolve("out");

    // Killed when its folder appears, and when the first shards are being written.
    for (String awaited : List.of("", ".parquet")) {
      Process process = start(configFile, output);
      try {
        await(outputs, awaited, process);
      } finally {
        process.destroyForcibly();
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(process.exitValue()).isNotZero();
      assertThat(output).doesNotExist();
    }
    try (Stream<Path> left = Files.list(outputs)) {
      for (Path hidden : (Iterable<Path>) left::iterator) {
        assertThat(hidden.getFileName().toString()).startsWith(".out.staging-");
        assertThatThrownBy(
                () ->
                    ShardReader.open(
                        hidden.resolve("content").toString(), Split.TRAIN, new Configuration()))
            .isInstanceOf(DataException.class)
            .hasMessageContaining("there is no manifest.json");
      }
    }

    // In a JVM of its own again: what a JVM is must not show in the bytes either.
    Process repeated = start(configFile, output);
    assertThat(repeated.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(repeated.exitValue()).isZero();
    Path undisturbed = folder.resolve("undisturbed");
    PrepareSettings.Options options = PrepareSettings.Options.of(256);
    PrepareJob.run(TestSpark.local(2), TestInputs.settings(config, undisturbed, options));

    Map<String, String> tree = TestShards.tree(undisturbed);
    assertThat(TestShards.tree(output)).isEqualTo(tree).hasSize(61);
    try (Stream<Path> left = Files.list(outputs)) {
      assertThat(left).containsExactly(output);
    }
  }

  private static Process start(Path config, Path output) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--") || argument.startsWith("-XX:+Ignore"))
        .forEach(command::add);
    command.add("-Xmx512m");
    command.add("-Dspark.master=local[2]");
    command.add("-Dspark.ui.enabled=false");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(PrepareMain.class.getName());
    command.addAll(List.of("--mm-data", config.toString(), "--output", output.toString()));
    command.addAll(List.of("--seq-length", "256", "--seed", "1234"));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(config.resolveSibling("killed.log").toFile())
        .start();
  }

  private static void await(Path outputs, String suffix, Process process) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!contains(outputs, suffix)) {
      assertThat(process.isAlive()).as("the process was to be killed, but ended").isTrue();
      assertThat(System.nanoTime()).as("the preparation wrote nothing").isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  private static boolean contains(Path outputs, String suffix) {
    try (Stream<Path> paths = Files.walk(outputs)) {
      return paths.skip(1).anyMatch(path -> path.toString().endsWith(suffix));
    } catch (IOException | java.io.UncheckedIOException e) {
      // The tree changes while it is walked.
      return false;
    }
  }
}
