package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataSetVersions;
import io.sparkmm.data.shard.Lineage;
import io.sparkmm.data.shard.ShardInfo;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs over a data set that exists. */
@Tag("slow")
class PrepareAppendTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir static Path folder;
  private static TestInputs inputs;
  private static List<String> lines;

  @TempDir private Path outputs;
  private Path source;
  private Path target;
  private ObjectNode config;

  @BeforeAll
  static void draw() throws IOException {
    inputs = TestInputs.draw(folder, 40);
    lines = Files.readAllLines(inputs.changedRecords("all.jsonl", UnaryOperator.identity()));
  }

  @BeforeEach
  void configure() {
    source = outputs.resolve("records.jsonl");
    target = outputs.resolve("out");
    config = inputs.config();
    name(source);
  }

  private void name(Path... files) {
    List<String> names = Stream.of(files).map(Path::toString).toList();
    TestInputs.basic(config).put("dataset", String.join(",", names));
  }

  private static void writeLines(Path file, int from, int to) throws IOException {
    Files.write(file, lines.subList(from, to));
  }

  private static void writeArray(Path file, int from, int to) throws IOException {
    Files.writeString(file, "[\n" + String.join(",\n", lines.subList(from, to)) + "\n]\n");
  }

  private PrepareResult run(Path output, PrepareSettings.Mode mode, int partitions) {
    PrepareSettings settings =
        TestInputs.settings(config, output, TestInputs.options(8, partitions, 0.2));
    return PrepareJob.run(
        () -> TestSpark.local(2),
        new PrepareSettings(settings.data(), settings.output(), settings.options(), mode),
        CONFIGURATION);
  }

  private PrepareResult create() {
    return run(target, PrepareSettings.Mode.CREATE, 2);
  }

  private PrepareResult append() {
    return run(target, PrepareSettings.Mode.APPEND, 2);
  }

  private static List<String> ids(ShardReader reader) {
    List<String> ids = new ArrayList<>();
    try (reader) {
      reader.verify();
      for (long i = 0; i < reader.size(); i++) {
        ids.add(reader.read(i).id());
      }
    }
    return ids;
  }

  private static List<String> numbered(Path file, int from, int to) {
    List<String> ids = new ArrayList<>();
    for (int i = from; i < to; i++) {
      ids.add(file + "#" + i);
    }
    return ids;
  }

  private void requireTidy() throws IOException {
    ShardManifest manifest =
        DataSetVersions.current(new org.apache.hadoop.fs.Path(target.toUri()), CONFIGURATION);
    List<String> named =
        manifest.shards().values().stream().flatMap(List::stream).map(ShardInfo::file).toList();
    assertThat(TestShards.tree(target).keySet().stream().filter(name -> name.endsWith(".parquet")))
        .containsExactlyInAnyOrderElementsOf(named);
    try (Stream<Path> paths = Files.list(outputs)) {
      assertThat(paths.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith("."));
    }
  }

  @Test
  void newRecordsBecomeANewVersionAndTheOldOneStays() throws IOException {
    Path array = outputs.resolve("array.json");
    Path later = outputs.resolve("later.jsonl");
    writeLines(source, 0, 10);
    writeArray(array, 0, 9);
    name(source, array);
    create();
    Map<String, String> before = TestShards.tree(target);
    writeLines(source, 0, 12);
    writeArray(array, 0, 20);
    writeLines(later, 0, 1);
    name(source, array, later);

    PrepareResult result = append();

    assertThat(result.outcome()).isEqualTo(PrepareResult.Outcome.APPENDED);
    ShardManifest manifest = result.manifest();
    assertThat(manifest.version()).isEqualTo(2);
    assertThat(manifest.lineage().additions())
        .extracting(Lineage.Addition::records, Lineage.Addition::samples)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(19L, 19L),
            org.assertj.core.groups.Tuple.tuple(14L, 14L));
    String token = manifest.lineage().fingerprint().substring(0, 8);
    assertThat(manifest.shards(Split.TRAIN))
        .extracting(ShardInfo::file)
        .startsWith(
            "train/part-00000.parquet",
            "train/part-00001.parquet",
            "train/part-00002.parquet",
            "train/part-00003.parquet",
            "train/part-00004-v2-" + token + ".parquet")
        .hasSize(8);
    List<String> first = new ArrayList<>(numbered(source, 0, 10));
    first.addAll(numbered(array, 0, 9));
    List<String> second = new ArrayList<>(first);
    second.addAll(numbered(source, 10, 12));
    second.addAll(numbered(array, 9, 20));
    second.addAll(numbered(later, 0, 1));
    assertThat(ids(ShardReader.open(target.toString(), Split.TRAIN, CONFIGURATION)))
        .isEqualTo(second);
    assertThat(ids(ShardReader.openVersion(target.toString(), Split.TRAIN, 1, CONFIGURATION)))
        .isEqualTo(first);
    assertThatThrownBy(
            () -> ShardReader.openVersion(target.toString(), Split.TRAIN, 3, CONFIGURATION))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot read version 3")
        .hasMessageContaining("it has the versions [1, 2]");
    Map<String, String> after = TestShards.tree(target);
    before.forEach(
        (name, bytes) ->
            assertThat(after.get(name.equals("manifest.json") ? "manifests/000001.json" : name))
                .isEqualTo(bytes));
    assertThat(after.get("manifests/000002.json")).isEqualTo(after.get("manifest.json"));
    requireTidy();

    assertThat(append().outcome()).isEqualTo(PrepareResult.Outcome.UP_TO_DATE);
    assertThat(create().outcome()).isEqualTo(PrepareResult.Outcome.UP_TO_DATE);
    assertThat(TestShards.tree(target)).isEqualTo(after);
    assertThat(InspectMain.run(new String[] {target.toString(), "--version", "1"})).isZero();
    assertThat(InspectMain.run(new String[] {target.toString(), "--version", "9"})).isEqualTo(1);
  }

  @Test
  void equalAdditionsHaveEqualBytesAndCanFollowEachOther() throws IOException {
    Map<String, String> expected = Map.of();
    for (int partitions : new int[] {1, 3, 7}) {
      Path output = outputs.resolve("out" + partitions);
      for (int end : new int[] {3, 20, 31}) {
        writeLines(source, 0, end);
        PrepareResult result = run(output, PrepareSettings.Mode.APPEND, partitions);
        assertThat(result.outcome())
            .isEqualTo(end == 3 ? PrepareResult.Outcome.MADE : PrepareResult.Outcome.APPENDED);
      }
      Map<String, String> tree = TestShards.tree(output);
      expected = expected.isEmpty() ? tree : expected;
      assertThat(tree).isEqualTo(expected);
    }
    assertThat(expected.keySet()).contains("manifests/000003.json");
  }

  @Test
  void anUnchangedDataSetNeedsNoSpark() throws IOException {
    writeLines(source, 0, 10);
    create();
    PrepareSettings settings = TestInputs.settings(config, target, TestInputs.options(8, 5, 0.2));
    for (PrepareSettings.Mode mode : PrepareSettings.Mode.values()) {
      PrepareResult result =
          PrepareJob.run(
              () -> {
                throw new AssertionError("Spark was started");
              },
              new PrepareSettings(settings.data(), settings.output(), settings.options(), mode),
              CONFIGURATION);
      assertThat(result.outcome()).isEqualTo(PrepareResult.Outcome.UP_TO_DATE);
      assertThat(PrepareReport.text(result, "there"))
          .isEqualTo("up to date: there holds 10 samples of 10 records (version 1)\n");
    }
    // Blanks behind the last record are no record.
    Files.writeString(source, String.join("\n", lines.subList(0, 10)) + "\n\n  \n");
    assertThat(create().outcome()).isEqualTo(PrepareResult.Outcome.UP_TO_DATE);
  }

  @Test
  void whatDiffersIsNamed() throws IOException {
    Path other = outputs.resolve("other.jsonl");
    Path third = outputs.resolve("third.jsonl");
    writeLines(source, 0, 10);
    writeLines(other, 0, 2);
    name(source, other);
    create();
    writeLines(source, 0, 12);
    writeLines(third, 0, 2);
    name(source, third);
    assertThatThrownBy(this::create)
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.DATASET))
        .hasMessageContaining(target + ": it is a data set made from something else:")
        .hasMessageContaining("  " + source + " has grown\n")
        .hasMessageContaining("  " + third + " is new\n")
        .hasMessageContaining("  " + other + " is not named any more\n")
        .hasMessageNotContaining("--append");
    name(source, other, third);
    assertThatThrownBy(this::create)
        .hasMessageContaining("Add the new records with --append, choose another name, or remove");
    writeLines(source, 1, 12);
    name(source, other);
    assertThatThrownBy(this::create).hasMessageContaining(source + " was changed");
    Files.delete(source);
    assertThatThrownBy(this::create).hasMessageContaining(source + " does not exist any more");
    writeLines(source, 0, 10);
    name(other, source);
    assertThatThrownBy(this::create)
        .hasMessageContaining("the source files stand in another order");
    name(source, other);
    assertThat(create().outcome()).isEqualTo(PrepareResult.Outcome.UP_TO_DATE);

    TestInputs.basic(config).put("mask_history", true);
    TestInputs.attr(config).put("system", "sys");
    for (PrepareSettings.Mode mode : PrepareSettings.Mode.values()) {
      assertThatThrownBy(() -> run(target, mode, 2))
          .hasMessageContaining("  mask_history was false, is now true\n")
          .hasMessageContaining("  attr.system was not set, is now sys\n");
    }
    assertThat(TestShards.tree(target).keySet()).noneMatch(name -> name.startsWith("manifests"));
  }

  @Test
  void recordsThatAreKnownMustStayAsTheyWere() throws IOException {
    writeLines(source, 0, 10);
    create();
    Map<String, String> tree = TestShards.tree(target);
    writeLines(source, 1, 20);
    assertThatThrownBy(this::append)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot prepare " + source)
        .hasMessageContaining("the 10 records that the data set has of it are not those");
    // A last line that was not complete is another record now.
    Files.writeString(source, String.join("\n", lines.subList(0, 10)) + " \"more\"\n");
    assertThatThrownBy(this::append).hasMessageContaining("Cannot prepare " + source);

    writeLines(source, 0, 12);
    TestInputs.basic(config).put("max_samples", 12);
    assertThatThrownBy(this::append)
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.SETTING))
        .hasMessageContaining("Cannot append with max_samples");
    assertThat(TestShards.tree(target)).isEqualTo(tree);
  }

  @Test
  void recordsOfAFileThatIsNotNamedAnyMoreAreKept() throws IOException {
    Path other = outputs.resolve("other.jsonl");
    writeLines(source, 0, 10);
    create();
    writeLines(other, 10, 15);
    name(other);
    PrepareResult result = append();
    assertThat(result.manifest().rows(Split.TRAIN)).isEqualTo(15);
    assertThat(result.notes())
        .containsExactly("kept the records of " + source + ", which is not named any more");
    assertThat(append().notes()).hasSize(1);
  }

  @Test
  void tooManyRejectsAmongNewRecordsAddNothing() throws IOException {
    writeLines(source, 0, 30);
    create();
    Map<String, String> tree = TestShards.tree(target);
    List<String> more = new ArrayList<>(lines.subList(0, 30));
    for (int i = 0; i < 8; i++) {
      more.add(i < 2 ? "{\"broken\"" : lines.get(i));
    }
    Files.write(source, more);
    assertThatThrownBy(this::append)
        .hasMessageContaining("2 of 8 records")
        .hasMessageContaining("were rejected")
        .hasMessageContaining("record 30 of " + source);
    assertThat(TestShards.tree(target)).isEqualTo(tree);
    requireTidy();

    more.addAll(lines.subList(0, 10));
    Files.write(source, more);
    ShardManifest manifest = append().manifest();
    assertThat(manifest.rejected()).isEqualTo(2);
    assertThat(manifest.lineage().additions().get(1).rejected()).isEqualTo(2);
    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(46);
    assertThat(TestShards.tree(target).keySet()).anyMatch(name -> name.startsWith("rejects/"));
  }

  @Test
  void theRateOfAValidationSplitHoldsOverAllVersions() throws IOException {
    TestInputs.basic(config).put("val_rate", 0.3);
    for (int end : new int[] {10, 11, 12, 25}) {
      writeLines(source, 0, end);
      ShardManifest manifest = append().manifest();
      assertThat(manifest.rows(Split.VAL)).isEqualTo((long) Math.ceil(0.3 * end));
      assertThat(manifest.rows(Split.TRAIN)).isEqualTo(end - manifest.rows(Split.VAL));
    }
    List<String> all = ids(ShardReader.open(target.toString(), Split.TRAIN, CONFIGURATION));
    all.addAll(ids(ShardReader.open(target.toString(), Split.VAL, CONFIGURATION)));
    assertThat(all).containsExactlyInAnyOrderElementsOf(numbered(source, 0, 25));
    requireTidy();
  }
}
