package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardRowGroupsTest {
  private static final int SAMPLES = 150;
  private static final int PICTURE_BYTES = 60_000;

  @TempDir private Path folder;

  private static List<EncodedSample> samplesWithPictures() {
    Random random = new Random(5);
    List<EncodedSample> samples = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      byte[] picture = new byte[PICTURE_BYTES];
      random.nextBytes(picture);
      EncodedImage image = new EncodedImage("p" + i, Optional.of(picture), 9, 9, 1, 2, 2);
      samples.add(
          new EncodedSample(
              "s" + i, new int[] {i, i + 1}, List.of(new LabelSpan(1, 2)), List.of(image)));
    }
    return samples;
  }

  @Test
  void rowGroupsStaySmallSoThatRandomReadsAreCheap() throws IOException {
    TestShards.write(folder, List.of(samplesWithPictures()));
    Path file = folder.resolve("train/part-00000.parquet");
    HadoopInputFile input =
        HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration());
    try (ParquetFileReader reader =
        ParquetFileReader.open(input, ParquetReadOptions.builder().build())) {
      assertThat(reader.getRowGroups()).hasSizeGreaterThan(3);
      assertThat(reader.getRowGroups())
          .allSatisfy(group -> assertThat(group.getCompressedSize()).isLessThan(3L << 20));
    }
  }

  @Test
  void anyOrderAndAnyCacheGiveTheSameSamples() throws IOException {
    List<EncodedSample> samples = TestShards.write(folder, List.of(samplesWithPictures()));
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(3));
    for (long cacheBytes : new long[] {0, 3L << 20, 1L << 30}) {
      try (ShardReader reader =
          ShardReader.open(folder.toString(), Split.TRAIN, new Configuration(), cacheBytes)) {
        for (int index : order.subList(0, 40)) {
          EncodedSample read = reader.read(index);
          assertThat(read.id()).isEqualTo(samples.get(index).id());
          assertThat(read.images().get(0).bytes().orElseThrow())
              .isEqualTo(samples.get(index).images().get(0).bytes().orElseThrow());
        }
      }
    }
  }
}
