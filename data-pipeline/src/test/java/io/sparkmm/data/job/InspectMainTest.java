package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class InspectMainTest {
  @TempDir private Path folder;

  @Test
  void showsCountsLengthsAndSamples() throws IOException {
    TestShards.write(folder, List.of(List.of(TestShards.sample(10), TestShards.sample(20))));
    StringWriter out = new StringWriter();
    int exit =
        new CommandLine(new InspectMain())
            .setOut(new PrintWriter(out))
            .execute(folder.toString(), "--samples", "1", "--verify");
    assertThat(exit).isZero();
    assertThat(out.toString())
        .contains("train             2               8")
        .contains("rejected: 0 records")
        .contains("train: all shards agree with their checksums")
        .contains("train: tokens per sample: 4 to 4, mean 4.0")
        .contains(
            "s#10: 4 tokens, 2 supervised\npicture a.png: 56x56, grid 1,4,4\n 10 11[[ 12 13]]\n")
        .doesNotContain("s#20");
  }

  @Test
  void failsOnADamagedDataSet() throws IOException {
    assertThat(InspectMain.run(new String[] {folder.toString()})).isEqualTo(1);
    TestShards.write(folder, List.of(List.of(TestShards.sample(10))));
    assertThat(InspectMain.run(new String[] {folder.toString()})).isZero();
    Files.delete(folder.resolve("train/part-00000.parquet"));
    assertThat(InspectMain.run(new String[] {folder.toString()})).isEqualTo(1);
    assertThat(InspectMain.run(new String[] {})).isEqualTo(2);
  }

  @Test
  void repeatedTokensAreWrittenOnceWithTheirCount() {
    EncodedImage image = new EncodedImage("b.png", Optional.of(new byte[9]), 28, 56, 1, 2, 4);
    EncodedSample sample =
        new EncodedSample(
            "x",
            new int[] {1, 7, 7, 7, 7, 7, 2, 3, 3, 3, 4},
            List.of(new LabelSpan(0, 1), new LabelSpan(6, 11)),
            List.of(image));
    assertThat(new SampleText(Optional.empty()).of(sample))
        .isEqualTo(
            "x: 11 tokens, 6 supervised\n"
                + "picture b.png: 56x28, grid 1,2,4, embedded, 9 bytes\n"
                + "[[ 1]] 7*5[[ 2 3 3 3 4]]\n");
  }

  @Test
  void histogramsHaveABarForEachRange() {
    LengthHistogram lengths = new LengthHistogram();
    for (int length : new int[] {1, 2, 3, 4, 7, 8, 8, 8, 8}) {
      lengths.add(length);
    }
    assertThat(lengths.text())
        .isEqualTo(
            "tokens per sample: 1 to 8, mean 5.4\n"
                + "        1 -       1          1 ##########\n"
                + "        2 -       3          2 ####################\n"
                + "        4 -       7          2 ####################\n"
                + "        8 -      15          4 ########################################\n");
    assertThat(new LengthHistogram().text()).isEmpty();
  }
}
