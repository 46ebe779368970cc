package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.sample.TokenRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleKindsTest {
  private static final EncodedImage IMAGE =
      new EncodedImage("a.png", Optional.empty(), 56, 56, 1, 4, 4);
  private static final TokenRow CHOSEN =
      new TokenRow(new int[] {1, 2, 3}, List.of(new LabelSpan(2, 3)));
  private static final EncodedSample PAIR =
      new EncodedSample(
          "a#0",
          CHOSEN,
          List.of(IMAGE),
          Optional.of(new TokenRow(new int[] {1, 2, 4, 5}, List.of(new LabelSpan(2, 4)))),
          List.of());
  private static final EncodedSample ROW =
      new EncodedSample(
          "a#3",
          new TokenRow(new int[] {1, 2, 3, 4, 0}, List.of(new LabelSpan(2, 4))),
          List.of(IMAGE),
          Optional.empty(),
          List.of(new PackedSegment("a#3", 1, 0), new PackedSegment("a#1", 3, 1)));

  @TempDir private Path folder;

  private void write(SampleKind kind, EncodedSample... samples) throws IOException {
    org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(folder.toUri());
    String file = Split.TRAIN.shardFile(0);
    ShardInfo info;
    try (ShardWriter writer = new ShardWriter(target, file, kind, new Configuration())) {
      for (EncodedSample sample : samples) {
        writer.write(sample);
      }
      info = writer.finish();
    }
    ShardManifest manifest =
        new ShardManifest(
            kind,
            new ShardManifest.Origin("qwen2vl", "t", "p", 0, new TreeMap<>()),
            Map.of(Split.TRAIN, List.of(info)),
            List.of(),
            Lineage.UNKNOWN);
    Files.writeString(
        folder.resolve(ShardManifest.FILE_NAME), ShardManifestParser.toJson(manifest));
  }

  private ShardReader open() {
    return ShardReader.open(folder.toString(), Split.TRAIN, new Configuration());
  }

  @Test
  void readsBothAnswersOfAPair() throws IOException {
    write(SampleKind.PREFERENCE, PAIR, PAIR);

    try (ShardReader reader = open()) {
      EncodedSample read = reader.read(1);
      assertThat(read.inputIds()).containsExactly(1, 2, 3);
      assertThat(read.labelSpans()).containsExactly(new LabelSpan(2, 3));
      assertThat(read.rejected().orElseThrow().inputIds()).containsExactly(1, 2, 4, 5);
      assertThat(read.rejected().orElseThrow().labels()).containsExactly(-100, -100, 4, 5);
      assertThat(read.images()).containsExactly(IMAGE);
      assertThat(reader.manifest().tokens(Split.TRAIN)).isEqualTo(14);
    }
  }

  @Test
  void readsTheRecordsOfAPackedRow() throws IOException {
    write(SampleKind.PACKED, ROW, ROW);

    try (ShardReader reader = open()) {
      EncodedSample read = reader.read(1);
      assertThat(read.inputIds()).containsExactly(1, 2, 3, 4, 0);
      assertThat(read.segments()).isEqualTo(ROW.segments());
      assertThat(read.images()).containsExactly(IMAGE);
      assertThat(read.rejected()).isEmpty();
      assertThat(reader.manifest().tokens(Split.TRAIN)).isEqualTo(8);
    }
  }

  @Test
  void keepsTheKindOfAnEmptyShard() throws IOException {
    write(SampleKind.PREFERENCE);

    try (ShardReader reader = open()) {
      assertThat(reader.size()).isZero();
      assertThat(reader.manifest().kind()).isEqualTo(SampleKind.PREFERENCE);
    }
  }

  @Test
  void tellsAReaderThatItFoundAnotherKind() throws IOException {
    write(SampleKind.PREFERENCE, PAIR);

    try (ShardReader reader = open()) {
      assertThatThrownBy(() -> reader.expect(Set.of(SampleKind.SFT, SampleKind.PACKED)))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "Cannot use data set %s: it holds preference samples, packed or sft samples are"
                  + " needed",
              folder);
      assertThat(reader.expect(Set.of(SampleKind.PREFERENCE))).isSameAs(reader);
    }
  }

  @Test
  void refusesAShardOfAnotherKindThanTheManifestSays() throws IOException {
    write(SampleKind.PREFERENCE, PAIR);
    Path manifest = folder.resolve(ShardManifest.FILE_NAME);
    Files.writeString(manifest, Files.readString(manifest).replace("\"preference\"", "\"sft\""));

    try (ShardReader reader = open()) {
      assertThatThrownBy(() -> reader.read(0))
          .hasMessageContaining("it has other columns than a shard of sft samples");
    }
  }

  @Test
  void refusesToWriteASampleOfAnotherKind() {
    assertThatThrownBy(() -> write(SampleKind.SFT, PAIR))
        .hasMessage("Cannot write sample a#0 to train/part-00000.parquet: it is no SFT sample");
    assertThat(ROW.is(SampleKind.PREFERENCE)).isFalse();
    assertThat(TestShards.sample(0).is(SampleKind.PRETRAIN)).isTrue();
  }

  @Test
  void readsManifestsThatNameNoKindAsConversations() throws IOException {
    write(SampleKind.SFT, TestShards.sample(0));
    Path manifest = folder.resolve(ShardManifest.FILE_NAME);
    String json = Files.readString(manifest);
    Files.writeString(manifest, json.replace("  \"kind\" : \"sft\",\n", ""));

    try (ShardReader reader = open()) {
      assertThat(reader.manifest().kind()).isEqualTo(SampleKind.SFT);
    }
    Files.writeString(manifest, json.replace("\"sft\"", "\"rlhf\""));
    assertThatThrownBy(this::open).hasMessageContaining("kind is \"rlhf\", which is no known kind");
  }

  @Test
  void refusesRecordsThatAreLargerThanTheirRow() {
    assertThatThrownBy(
            () ->
                new EncodedSample(
                    "a#0",
                    CHOSEN,
                    List.of(),
                    Optional.empty(),
                    List.of(new PackedSegment("a#0", 4, 0))))
        .hasMessage(
            "Cannot use packed row a#0: its records have 4 tokens and 0 pictures, the row has 3"
                + " and 0");
    assertThatThrownBy(() -> new PackedSegment("a#0", 0, 0))
        .hasMessage("Cannot pack record a#0 of 0 tokens and 0 pictures");
  }
}
