package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.SourceState;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.source.Attributes;
import io.sparkmm.data.source.Attributes.Column;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareInputsTest {
  private static final Attributes ATTRIBUTES = Attributes.shareGpt();

  @TempDir private Path folder;

  /** A file of records with the messages column. */
  private Path records(String name, int count) throws IOException {
    String record = "{\"conversations\": []}";
    return Files.writeString(
        folder.resolve(name), "[" + String.join(",", Collections.nCopies(count, record)) + "]");
  }

  private BasicParameters basic(ObjectNode changes) {
    ObjectNode config = TestInputs.config(Path.of("model"), Path.of("unused"), Path.of("media"));
    TestInputs.basic(config).setAll(changes);
    return ConfigLoader.parseData("data.json", config.toString()).datasetParam().basicParameters();
  }

  private static ObjectNode changes(Path... files) {
    return TestInputs.MAPPER
        .createObjectNode()
        .put("dataset", String.join(",", List.of(files).stream().map(Path::toString).toList()));
  }

  private PrepareInputs find(ObjectNode changes, int recordsPerShard) {
    return PrepareInputs.find(basic(changes), ATTRIBUTES, recordsPerShard, new Configuration());
  }

  @Test
  void shardsFollowTheFilesAndHoldRecordsOfOneOnly() throws IOException {
    Path first = records("a.json", 5);
    Path second = records("b.json", 3);

    PrepareInputs inputs = find(changes(first, second), 2);

    assertThat(inputs.records()).isEqualTo(8);
    assertThat(inputs.shards().stream().map(shard -> shard.chunk().records()))
        .containsExactly(2, 2, 1, 2, 1);
    assertThat(inputs.shards().stream().map(shard -> shard.chunk().firstRecord()))
        .containsExactly(0L, 2L, 4L, 0L, 2L);
    assertThat(inputs.shards().stream().map(ShardInput::key))
        .containsExactly(
            new ShardKey(Split.TRAIN, 0),
            new ShardKey(Split.TRAIN, 1),
            new ShardKey(Split.TRAIN, 2),
            new ShardKey(Split.TRAIN, 3),
            new ShardKey(Split.TRAIN, 4));
    assertThat(inputs.sources())
        .extracting(SourceState::file, SourceState::records)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(first.toString(), 5L),
            org.assertj.core.groups.Tuple.tuple(second.toString(), 3L));
  }

  @Test
  void validationShardsHaveNumbersOfTheirOwn() throws IOException {
    ObjectNode changes = changes(records("a.json", 3));
    changes.put("val_dataset", records("v.json", 3).toString());
    PrepareInputs inputs = find(changes, 2);
    assertThat(inputs.shards().stream().map(ShardInput::key))
        .containsExactly(
            new ShardKey(Split.TRAIN, 0),
            new ShardKey(Split.TRAIN, 1),
            new ShardKey(Split.VAL, 0),
            new ShardKey(Split.VAL, 1));
    assertThat(inputs.sources())
        .extracting(SourceState::split)
        .containsExactly(Split.TRAIN, Split.VAL);
  }

  @Test
  void limitsCountOverAllFiles() throws IOException {
    ObjectNode changes = changes(records("a.json", 5), records("b.json", 5));
    assertThat(
            find(changes.deepCopy().put("max_samples", 7), 4).shards().stream()
                .map(shard -> shard.chunk().records()))
        .containsExactly(4, 1, 2);
    assertThat(find(changes.deepCopy().put("max_samples", 4), 4).shards()).hasSize(1);
    assertThat(find(changes.deepCopy().put("max_samples", 0), 4).records()).isEqualTo(10);
    assertThat(find(changes.deepCopy().put("max_samples", 10), 4).records()).isEqualTo(10);
    assertThatThrownBy(() -> find(changes.deepCopy().put("max_samples", 11), 4))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.json,")
        .hasMessageContaining("max_samples is 11, but there are 10 records");
  }

  @Test
  void validationLimitsNameTheirKey() throws IOException {
    ObjectNode changes = changes(records("a.json", 1));
    changes.put("val_dataset", records("v.json", 2).toString()).put("val_max_samples", 3);
    assertThatThrownBy(() -> find(changes, 4))
        .hasMessageContaining("v.json: val_max_samples is 3, but there are 2 records");
  }

  @Test
  void aColumnMayBeMissingInOneFileButNotInAll() throws IOException {
    Path with =
        Files.writeString(folder.resolve("w.json"), "[{\"conversations\":[],\"sys\":\"x\"}]");
    Path without = records("a.json", 2);
    Attributes attributes = ATTRIBUTES.withColumn(Column.SYSTEM, "sys");
    PrepareInputs inputs =
        PrepareInputs.find(basic(changes(without, with)), attributes, 4, new Configuration());
    assertThat(inputs.records()).isEqualTo(3);
    assertThatThrownBy(
            () -> PrepareInputs.find(basic(changes(without)), attributes, 4, new Configuration()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no record has the columns [sys] that attr names");
  }

  @Test
  void pathsAreTakenAsTheyAreWritten() throws IOException {
    Path file = records("a.json", 1);
    ObjectNode changes = changes(file);
    changes.put("dataset", file + ", " + file);
    assertThatThrownBy(() -> find(changes, 4))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot read  " + file);
  }
}
