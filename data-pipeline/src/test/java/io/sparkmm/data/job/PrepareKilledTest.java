package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  /** Exit code of a process that was ended by signal 9. */
  private static final int KILLED = 128 + 9;

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
      int tries = 1;
      while (!isKilled(configFile, output, awaited)) {
        // This process was held up for so long that the other one came to its end.
        TestShards.delete(outputs);
        Files.createDirectory(outputs);
        assertThat(tries++).as("preparations that ended before they were killed").isLessThan(5);
      }
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
    try (ChildJvm repeated = start(configFile, output)) {
      assertThat(repeated.await()).as(repeated.log()).isZero();
    }
    Path undisturbed = folder.resolve("undisturbed");
    PrepareSettings.Options options = PrepareSettings.Options.of(256);
    PrepareJob.run(TestSpark.local(2), TestInputs.settings(config, undisturbed, options));

    Map<String, String> tree = TestShards.tree(undisturbed);
    assertThat(TestShards.tree(output)).isEqualTo(tree).hasSize(61);
    try (Stream<Path> left = Files.list(outputs)) {
      assertThat(left).containsExactly(output);
    }
  }

  private ChildJvm start(Path config, Path output) throws IOException {
    return ChildJvm.start(
        folder,
        PrepareMain.class,
        List.of(
            "--mm-data",
            config.toString(),
            "--output",
            output.toString(),
            "--seq-length",
            "256",
            "--seed",
            "1234"));
  }

  /**
   * Starts a preparation and kills it as soon as such a file is there; false if it was too late.
   */
  private boolean isKilled(Path config, Path output, String suffix) throws Exception {
    try (ChildJvm child = start(config, output)) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ChildJvm.LIMIT_SECONDS);
      while (child.process().isAlive() && !contains(output.getParent(), suffix)) {
        assertThat(System.nanoTime()).as("the preparation wrote nothing").isLessThan(deadline);
        Thread.sleep(5);
      }
      child.process().destroyForcibly();
      int code = child.await();
      assertThat(code).as(child.log()).isIn(0, KILLED);
      return code == KILLED;
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
