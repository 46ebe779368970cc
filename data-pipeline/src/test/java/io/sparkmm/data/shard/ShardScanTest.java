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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardScanTest {
  private static final EncodedImage IMAGE =
      new EncodedImage("a.png", Optional.of(new byte[1000]), 30, 50, 1, 4, 6);
  private static final TokenRow ROW =
      new TokenRow(new int[] {1, 2, 3, 4, 5}, List.of(new LabelSpan(1, 2), new LabelSpan(3, 5)));

  @TempDir private Path folder;

  private List<SampleShape> scan(SampleKind kind, List<EncodedSample> samples) throws IOException {
    new DataSetFixture(folder)
        .kind(kind)
        .shard(Split.TRAIN, samples)
        .shard(Split.TRAIN, List.of())
        .shard(Split.TRAIN, samples)
        .finish();
    return scan(kind);
  }

  private List<SampleShape> scan(SampleKind kind) {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder.toUri());
    Configuration configuration = new Configuration();
    List<SampleShape> shapes = new ArrayList<>();
    new ShardScan(path, kind, configuration)
        .forEach(ShardReader.readManifest(path, configuration).shards(Split.TRAIN), shapes::add);
    return shapes;
  }

  @Test
  void seesTheSizesOfAllSamplesInTheirOrder() throws IOException {
    EncodedSample text = new EncodedSample("s#1", new int[] {7}, List.of(), List.of());
    EncodedSample pictures =
        new EncodedSample("s#2", ROW, List.of(IMAGE, IMAGE), Optional.empty(), List.of());

    List<SampleShape> shapes = scan(SampleKind.SFT, List.of(text, pictures));

    SampleShape.Picture picture = new SampleShape.Picture(30, 50, 24);
    assertThat(shapes)
        .containsExactly(
            new SampleShape(
                "s#1", new SampleShape.Row(1, 0), Optional.empty(), List.of(), List.of()),
            new SampleShape(
                "s#2",
                new SampleShape.Row(5, 3),
                Optional.empty(),
                List.of(picture, picture),
                List.of()),
            shapes.get(0),
            shapes.get(1));
    assertThat(picture.pixels()).isEqualTo(1500);
  }

  @Test
  void seesBothAnswersOfPairs() throws IOException {
    EncodedSample pair =
        new EncodedSample(
            "p#0",
            ROW,
            List.of(),
            Optional.of(new TokenRow(new int[] {1, 2}, List.of(new LabelSpan(1, 2)))),
            List.of());

    assertThat(scan(SampleKind.PREFERENCE, List.of(pair)))
        .hasSize(2)
        .allSatisfy(
            shape -> {
              assertThat(shape.row()).isEqualTo(new SampleShape.Row(5, 3));
              assertThat(shape.rejected()).contains(new SampleShape.Row(2, 1));
              assertThat(shape.usedTokens()).isEqualTo(5);
            });
  }

  @Test
  void seesTheRecordsOfPackedRows() throws IOException {
    List<PackedSegment> segments =
        List.of(new PackedSegment("p#3", 1, 1), new PackedSegment("p#1", 3, 0));
    EncodedSample packed =
        new EncodedSample("p#3", ROW, List.of(IMAGE), Optional.empty(), segments);

    assertThat(scan(SampleKind.PACKED, List.of(packed)))
        .hasSize(2)
        .allSatisfy(
            shape -> {
              assertThat(shape.segments()).isEqualTo(segments);
              assertThat(shape.usedTokens()).isEqualTo(4);
              assertThat(shape.row().tokens()).isEqualTo(5);
            });
  }

  @Test
  void namesAShardThatIsDamagedMissingOrOfAnotherKind() throws IOException {
    scan(SampleKind.SFT, List.of(TestShards.sample(1)));
    assertThatThrownBy(() -> scan(SampleKind.PACKED))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("part-00000.parquet")
        .hasMessageContaining("other columns than a shard of packed samples");

    Path file = folder.resolve("train/part-00002.parquet");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, new byte[] {0}, java.nio.file.StandardOpenOption.APPEND);
    assertThatThrownBy(() -> scan(SampleKind.SFT))
        .hasMessageContaining("part-00002.parquet")
        .hasMessageContaining("the manifest says " + bytes.length);

    java.util.Arrays.fill(bytes, 4, 40, (byte) 0x55);
    Files.write(file, bytes);
    assertThatThrownBy(() -> scan(SampleKind.SFT))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("part-00002.parquet");

    Files.delete(file);
    assertThatThrownBy(() -> scan(SampleKind.SFT)).hasMessageContaining("part-00002.parquet");
  }
}
