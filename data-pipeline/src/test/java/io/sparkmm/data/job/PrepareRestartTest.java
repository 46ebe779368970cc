package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Preparations whose JVM is halted at exact points, and started again. */
@Tag("slow")
class PrepareRestartTest {
  private static final int PICTURES = 60;
  private static final int RECORDS_PER_SHARD = 10;

  @TempDir static Path folder;
  private static TestInputs inputs;
  private static Path broken;

  @TempDir private Path outputs;

  @BeforeAll
  static void draw() throws IOException {
    inputs = TestInputs.draw(folder, PICTURES);
    broken =
        inputs.changedRecords(
            "broken.jsonl",
            record ->
                record.get("image").asText().endsWith("7.png")
                    ? record.put("image", "gone.png")
                    : record);
  }

  private static ObjectNode config(double validationRate) {
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", broken.toString()).put("val_rate", validationRate);
    return config;
  }

  private static PrepareResult prepare(ObjectNode config, Path target, PrepareSettings.Mode mode) {
    PrepareSettings settings =
        TestInputs.settings(config, target, TestInputs.options(RECORDS_PER_SHARD, 6, 0.2));
    return PrepareJob.run(
        () -> TestSpark.local(2),
        new PrepareSettings(settings.data(), settings.output(), settings.options(), mode),
        new Configuration());
  }

  private void halt(ObjectNode config, Path target, String message, int times, String... more)
      throws Exception {
    Path file = Files.writeString(outputs.resolveSibling("data.json"), config.toString());
    List<String> arguments = new ArrayList<>(List.of(message, Integer.toString(times)));
    arguments.addAll(List.of("--mm-data", file.toString(), "--output", target.toString()));
    arguments.addAll(List.of("--seq-length", "256", "--seed", "0", "--partitions", "6"));
    arguments.addAll(List.of("--records-per-shard", Integer.toString(RECORDS_PER_SHARD)));
    arguments.addAll(List.of("--max-reject-rate", "0.2"));
    arguments.addAll(List.of(more));
    try (ChildJvm child = ChildJvm.start(folder, HaltingPrepare.class, arguments)) {
      assertThat(child.await()).as(child.log()).isEqualTo(HaltingPrepare.HALTED);
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> paths = Files.list(outputs)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    // when, how often, validation rate, shards that are kept at least
    "Encoding for version, 1, 0, 0",
    "Finished train/, 1, 0, 1",
    "Finished train/, 6, 0, 6",
    "Writing the manifest, 1, 0, 6",
    "Publishing, 1, 0, 6",
    "Finished train/, 8, 0.3, 7",
    "Finished val/, 1, 0.3, 7",
    "Writing the manifest, 1, 0.3, 12",
  })
  void aRestartGivesTheBytesOfAnUndisturbedRun(
      String message, int times, double validationRate, int kept) throws Exception {
    ObjectNode config = config(validationRate);
    Path target = outputs.resolve("out");
    halt(config, target, message, times);
    assertThat(target).doesNotExist();
    assertThat(names()).hasSize(1).allMatch(name -> name.startsWith(".out.staging-"));

    try (CapturedLog log = CapturedLog.of("io.sparkmm")) {
      PrepareResult result = prepare(config, target, PrepareSettings.Mode.CREATE);
      assertThat(result.outcome()).isEqualTo(PrepareResult.Outcome.MADE);
      int reported =
          log.matches("Kept (\\d+) finished shards of .*").stream()
              .mapToInt(Integer::parseInt)
              .sum();
      int written = log.matches("(Finished) .*").size();
      int total = validationRate > 0 ? 12 : 6;
      assertThat(reported).isGreaterThanOrEqualTo(kept);
      assertThat(reported + written).isEqualTo(total);
    }

    Path undisturbed = outputs.resolve("undisturbed");
    prepare(config, undisturbed, PrepareSettings.Mode.CREATE);
    assertThat(TestShards.tree(target)).isEqualTo(TestShards.tree(undisturbed));
    assertThat(names()).containsExactly("out", "undisturbed");
  }

  @Test
  void whatIsPublishedIsNotMadeAgain() throws Exception {
    ObjectNode config = config(0);
    Path target = outputs.resolve("out");
    halt(config, target, "Published", 1);
    Map<String, String> tree = TestShards.tree(target);
    assertThat(names()).hasSize(2);

    assertThat(prepare(config, target, PrepareSettings.Mode.CREATE).outcome())
        .isEqualTo(PrepareResult.Outcome.UP_TO_DATE);
    assertThat(TestShards.tree(target)).isEqualTo(tree);
    assertThat(names()).containsExactly("out");
  }

  @ParameterizedTest
  @CsvSource({
    "Encoding for version, 1, false",
    "Finished train/, 2, false",
    "Moved , 1, false",
    "Moved , 5, false",
    "Claiming, 1, false",
    "Claimed, 1, true",
  })
  void anAdditionIsWholeOrNotThere(String message, int times, boolean claimed) throws Exception {
    Path target = outputs.resolve("out");
    Path undisturbed = outputs.resolve("undisturbed");
    ObjectNode first = config(0);
    Path growing = outputs.resolveSibling(outputs.getFileName() + ".jsonl");
    List<String> lines = Files.readAllLines(broken);
    Files.write(growing, lines.subList(0, 25));
    TestInputs.basic(first).put("dataset", growing.toString());
    prepare(first, target, PrepareSettings.Mode.CREATE);
    prepare(first, undisturbed, PrepareSettings.Mode.APPEND);
    Files.write(growing, lines);

    halt(first, target, message, times, "--append");

    try (ShardReader reader =
        ShardReader.open(target.toString(), Split.TRAIN, new Configuration())) {
      assertThat(reader.manifest().version()).isEqualTo(claimed ? 2 : 1);
      assertThat(reader.size()).isEqualTo(claimed ? 54 : 23);
      reader.verify();
    }
    PrepareResult result = prepare(first, target, PrepareSettings.Mode.APPEND);
    assertThat(result.outcome())
        .isEqualTo(claimed ? PrepareResult.Outcome.UP_TO_DATE : PrepareResult.Outcome.APPENDED);
    assertThat(result.manifest().version()).isEqualTo(2);

    prepare(first, undisturbed, PrepareSettings.Mode.APPEND);
    assertThat(TestShards.tree(target)).isEqualTo(TestShards.tree(undisturbed));
    assertThat(names()).containsExactly("out", "undisturbed");
  }
}
