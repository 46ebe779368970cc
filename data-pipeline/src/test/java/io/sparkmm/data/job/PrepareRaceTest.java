package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several preparations of the same output at the same time. */
@Tag("slow")
class PrepareRaceTest {
  private static final Configuration CONFIGURATION = new Configuration();
  private static final int PICTURES = 60;

  @TempDir static Path folder;
  private static TestInputs inputs;

  @TempDir private Path outputs;

  @BeforeAll
  static void draw() {
    inputs = TestInputs.draw(folder, PICTURES);
  }

  private static String run(ObjectNode config, Path target, int length, PrepareSettings.Mode mode) {
    PrepareSettings.Options options =
        new PrepareSettings.Options(
            length,
            new PrepareSettings.Sharding(5, OptionalInt.of(6), 0),
            false,
            0,
            Placeholders.DEFAULT);
    PrepareSettings settings = TestInputs.settings(config, target, options);
    try {
      return PrepareJob.run(
              () -> TestSpark.local(2),
              new PrepareSettings(settings.data(), settings.output(), options, mode),
              CONFIGURATION)
          .outcome()
          .name();
    } catch (DataException e) {
      return e.getMessage();
    }
  }

  private static List<String> atOnce(List<Callable<String>> runs) throws Exception {
    TestSpark.local(2);
    ExecutorService pool = Executors.newFixedThreadPool(runs.size());
    try {
      List<String> results = new ArrayList<>();
      for (Future<String> future : pool.invokeAll(runs)) {
        results.add(future.get());
      }
      return results;
    } finally {
      pool.shutdownNow();
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> paths = Files.list(outputs)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static void verify(Path target, long samples) {
    try (ShardReader reader = ShardReader.open(target.toString(), Split.TRAIN, CONFIGURATION)) {
      reader.verify();
      assertThat(reader.size()).isEqualTo(samples);
    }
  }

  @RepeatedTest(3)
  void equalRunsShareTheWork() throws Exception {
    Path target = outputs.resolve("out");
    Callable<String> run = () -> run(inputs.config(), target, 256, PrepareSettings.Mode.CREATE);
    List<String> results = atOnce(List.of(run, run, run));
    assertThat(results).contains("MADE").isSubsetOf("MADE", "UP_TO_DATE");
    assertThat(results.stream().filter("MADE"::equals)).hasSize(1);
    verify(target, PICTURES);
    Map<String, String> tree = TestShards.tree(target);
    assertThat(names()).containsExactly("out");
    Path undisturbed = outputs.resolve("undisturbed");
    run(inputs.config(), undisturbed, 256, PrepareSettings.Mode.CREATE);
    assertThat(tree).isEqualTo(TestShards.tree(undisturbed));
  }

  @RepeatedTest(3)
  void ofDifferentRunsOneWinsAndTheOthersAreTold() throws Exception {
    Path target = outputs.resolve("out");
    List<Callable<String>> runs = new ArrayList<>();
    for (int length : new int[] {256, 255, 254}) {
      runs.add(() -> run(inputs.config(), target, length, PrepareSettings.Mode.CREATE));
    }
    List<String> results = atOnce(runs);
    assertThat(results.stream().filter("MADE"::equals)).hasSize(1);
    assertThat(results.stream().filter(result -> !result.equals("MADE")))
        .hasSize(2)
        .allMatch(
            result ->
                result.contains("another run has published a data set of other inputs")
                    || result.contains("made from something else:\n  seq_length was"));
    verify(target, PICTURES);
    int made = 256 - results.indexOf("MADE");
    Path undisturbed = outputs.resolve("undisturbed");
    run(inputs.config(), undisturbed, made, PrepareSettings.Mode.CREATE);
    assertThat(TestShards.tree(target)).isEqualTo(TestShards.tree(undisturbed));
  }

  @RepeatedTest(3)
  void additionsNeverMix() throws Exception {
    Path target = outputs.resolve("out");
    List<String> lines =
        Files.readAllLines(inputs.changedRecords("all.jsonl", UnaryOperator.identity()));
    Path known = Files.write(outputs.resolve("known.jsonl"), lines.subList(0, 10));
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", known.toString());
    run(config, target, 256, PrepareSettings.Mode.CREATE);
    List<Callable<String>> runs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      // Two equal ones and another one.
      Path added = outputs.resolve("added" + i / 2 + ".jsonl");
      Files.write(added, lines.subList(10 + 20 * (i / 2), 30 + 20 * (i / 2)));
      ObjectNode more = config.deepCopy();
      TestInputs.basic(more).put("dataset", known + "," + added);
      runs.add(() -> run(more, target, 256, PrepareSettings.Mode.APPEND));
    }
    List<String> results = atOnce(runs);
    assertThat(results)
        .contains("APPENDED")
        .allMatch(
            result ->
                result.equals("APPENDED")
                    || result.equals("UP_TO_DATE")
                    || result.contains("another run has added version 2 meanwhile; run again"));
    // A loser that starts late enough adds a version of its own.
    int versions = (int) results.stream().filter("APPENDED"::equals).count();
    verify(target, 10 + 20L * versions);
    for (Callable<String> run : runs) {
      assertThat(run.call()).isIn("APPENDED", "UP_TO_DATE");
    }
    verify(target, 50);
    long shards =
        TestShards.tree(target).keySet().stream().filter(name -> name.endsWith("parquet")).count();
    assertThat(shards).isEqualTo(10);
    assertThat(names()).noneMatch(name -> name.startsWith("."));
  }

  @Test
  void processesShareTheWorkToo() throws Exception {
    Path target = outputs.resolve("out");
    Path config = Files.writeString(outputs.resolve("data.json"), inputs.config().toString());
    List<String> arguments =
        List.of(
            "--mm-data", config.toString(),
            "--output", target.toString(),
            "--seq-length", "256",
            "--seed", "0",
            "--records-per-shard", "5",
            "--partitions", "6",
            "--max-reject-rate", "0");
    try (ChildJvm one = ChildJvm.start(folder, PrepareMain.class, arguments);
        ChildJvm two = ChildJvm.start(folder, PrepareMain.class, arguments)) {
      assertThat(one.await()).as(one.log()).isZero();
      assertThat(two.await()).as(two.log()).isZero();
      assertThat(one.log() + two.log()).contains("data set: " + target);
    }
    verify(target, PICTURES);
    Path undisturbed = outputs.resolve("undisturbed");
    run(inputs.config(), undisturbed, 256, PrepareSettings.Mode.CREATE);
    assertThat(TestShards.tree(target)).isEqualTo(TestShards.tree(undisturbed));
    assertThat(names()).containsExactly("data.json", "out", "undisturbed");
  }
}
