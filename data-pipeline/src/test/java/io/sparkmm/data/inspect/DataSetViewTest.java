package io.sparkmm.data.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.inspect.SplitStatistics.Measure;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.shard.DataSetFixture;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetViewTest {
  @TempDir private Path folder;

  private static List<EncodedSample> samples(int from, int to) {
    return IntStream.range(from, to).mapToObj(TestShards::sample).toList();
  }

  private DataSetView view() throws IOException {
    return DataSetView.open(
        new DataSetFixture(folder)
            .shard(Split.TRAIN, samples(0, 2000))
            .shard(Split.TRAIN, samples(2000, 2500))
            .shard(Split.VAL, samples(3000, 3003))
            .finish(),
        new Configuration());
  }

  @Test
  void surveysAllSplitsInOnePass() throws IOException {
    AtomicLong seen = new AtomicLong();
    DataSetView.Survey survey = view().survey(List.of(), seen::addAndGet);

    assertThat(seen).hasValue(2503);
    SplitStatistics train = survey.splits().get(Split.TRAIN);
    assertThat(train.samples()).isEqualTo(2500);
    assertThat(train.of(Measure.TOKENS).sum()).isEqualTo(10_000);
    assertThat(train.of(Measure.SUPERVISED).sum()).isEqualTo(5_000);
    assertThat(train.of(Measure.PICTURES).sum()).isEqualTo(2500);
    assertThat(train.of(Measure.PIXELS).max()).isEqualTo(56 * 56);
    assertThat(train.of(Measure.PATCHES).min()).isEqualTo(16);
    assertThat(train.of(Measure.RECORDS).count()).isZero();
    assertThat(train.sources().sources())
        .containsExactly(new SourceCounts.Source("s", 2500, 10_000));
    assertThat(survey.splits().get(Split.VAL).samples()).isEqualTo(3);
  }

  @Test
  void findsSamplesByTheirIdsInAnySplitAndShard() throws IOException {
    List<String> ids = List.of("s#3001", "s#2100", "s#0");
    DataSetView view = view();
    DataSetView.Survey survey = view.survey(ids, done -> {});

    assertThat(view.samples(SampleChoice.named(ids), survey))
        .extracting(DataSetView.Shown::split, DataSetView.Shown::index, at -> at.sample().id())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(Split.TRAIN, 0L, "s#0"),
            org.assertj.core.groups.Tuple.tuple(Split.TRAIN, 2100L, "s#2100"),
            org.assertj.core.groups.Tuple.tuple(Split.VAL, 1L, "s#3001"));
    assertThatThrownBy(() -> view.survey(List.of("s#1", "s#9999"), done -> {}))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot show s#9999: ")
        .hasMessageContaining("has no sample of this id");
  }

  @Test
  void findsPackedRowsByTheIdsOfTheirRecords() throws IOException {
    EncodedSample row =
        new EncodedSample(
            "a#0",
            new TokenRow(new int[] {1, 2, 3}, List.of()),
            List.of(),
            Optional.empty(),
            List.of(new PackedSegment("a#0", 1, 0), new PackedSegment("b#7", 1, 0)));
    String set =
        new DataSetFixture(folder)
            .kind(SampleKind.PACKED)
            .shard(Split.TRAIN, List.of(row))
            .finish();
    DataSetView view = DataSetView.open(set, new Configuration());
    DataSetView.Survey survey = view.survey(List.of("b#7"), done -> {});

    assertThat(view.samples(SampleChoice.named(List.of("b#7")), survey)).hasSize(1);
    SplitStatistics train = survey.splits().get(Split.TRAIN);
    assertThat(train.of(Measure.TOKENS).max()).isEqualTo(2);
    assertThat(train.of(Measure.PADDING).max()).isEqualTo(1);
    assertThat(train.of(Measure.RECORDS).max()).isEqualTo(2);
    assertThat(train.sources().sources())
        .containsExactly(new SourceCounts.Source("a", 1, 1), new SourceCounts.Source("b", 1, 1));
  }

  @Test
  void looksAtOneSplitOnly() throws IOException {
    DataSetView val = view().only(Split.VAL);
    assertThat(val.size()).isEqualTo(3);
    DataSetView.Survey survey = val.survey();
    assertThat(survey.splits()).containsOnlyKeys(Split.VAL);
    assertThat(val.samples(SampleChoice.spread(2, 0), survey)).hasSize(2);

    Path other = Files.createDirectory(folder.resolve("other"));
    String set = new DataSetFixture(other).shard(Split.TRAIN, samples(0, 1)).finish();
    assertThatThrownBy(() -> DataSetView.open(set, new Configuration()).only(Split.VAL))
        .hasMessageContaining("Cannot show split val of ")
        .hasMessageContaining("it has no samples");
  }

  @Test
  void tellsSoManySourcesApartOnly() {
    SourceCounts counts = new SourceCounts();
    for (int i = 0; i < SourceCounts.MAX_SOURCES + 5; i++) {
      counts.add("file" + i + "#" + i, 10);
    }
    counts.add("file1#9", 1);
    counts.add("no number", 1);
    assertThat(counts.sources()).hasSize(SourceCounts.MAX_SOURCES);
    assertThat(counts.sources().get(0)).isEqualTo(new SourceCounts.Source("file1", 2, 11));
    assertThat(counts.otherRecords()).isEqualTo(6);
  }

  @Test
  void takesTheTokenizerThatTheManifestNames() throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    Files.write(
        model.resolve("tokenizer.json"), TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL));
    Files.write(model.resolve("tokenizer_config.json"), TinyTokenizer.configJson());
    ShardManifest same = manifest(TinyTokenizer.shared().fingerprint(), model.toString());
    ShardManifest other = manifest("123", model.toString());

    try (TokenizerChoice choice = TokenizerChoice.recorded(same);
        TokenizerChoice given = TokenizerChoice.of(model, same)) {
      assertThat(choice.tokenizer()).isPresent();
      assertThat(choice.explanation()).isEqualTo("tokenizer of " + model + ", as recorded");
      assertThat(given.tokenizer()).isPresent();
    }
    assertThat(TokenizerChoice.recorded(other))
        .returns(Optional.empty(), TokenizerChoice::tokenizer)
        .extracting(TokenizerChoice::explanation)
        .asString()
        .contains(model + " has changed since the preparation", "prepared with 123");
    assertThatThrownBy(() -> TokenizerChoice.of(model, other))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot show tokens with the tokenizer of " + model)
        .hasMessageContaining(TinyTokenizer.shared().fingerprint())
        .hasMessageContaining("the data set was prepared with 123");
    assertThat(TokenizerChoice.recorded(manifest("123", folder + "/gone")).explanation())
        .contains("has no tokenizer now", "there is no tokenizer.json");
  }

  private ShardManifest manifest(String fingerprint, String model) throws IOException {
    Path set = Files.createTempDirectory(folder, "set");
    String path =
        new DataSetFixture(set)
            .fingerprint(fingerprint)
            .setting(TokenizerChoice.RECORDED_FOLDER, model)
            .shard(Split.TRAIN, samples(0, 1))
            .finish();
    return DataSetView.open(path, new Configuration()).manifest();
  }
}
