package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
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

  private String run(String... arguments) {
    StringWriter out = new StringWriter();
    int exit = new CommandLine(new InspectMain()).setOut(new PrintWriter(out)).execute(arguments);
    assertThat(exit).isZero();
    return out.toString();
  }

  @Test
  void choosesSamplesBySeedOrId() throws IOException {
    List<EncodedSample> samples = IntStream.range(0, 40).mapToObj(TestShards::sample).toList();
    TestShards.write(folder, List.of(samples));
    String set = folder.toString();

    assertThat(run(set)).contains("\ns#0: ", "\ns#1: ", "\ns#2: ").doesNotContain("\ns#3: ");
    assertThat(run(set, "--seed", "5", "--samples", "2")).doesNotContain("\ns#1: ");
    assertThat(run(set, "--ids", "s#7,s#30", "--split", "train"))
        .contains("\ns#7: ", "\ns#30: ")
        .doesNotContain("\ns#0: ");
    assertThat(run(set)).contains("kind: sft", "pictures per sample: 1 to 1, mean 1.0");
  }

  @Test
  void writesAPage() throws IOException {
    TestShards.write(folder, List.of(List.of(TestShards.sample(10))));
    Path page = folder.resolve("page.html");

    assertThat(run(folder.toString(), "--html", page.toString()))
        .contains("tokens are numbers: the manifest does not name the tokenizer's folder")
        .contains("page: " + page);
    assertThat(page).content().startsWith("<!DOCTYPE html>").contains("s#10", "not found");
  }

  @Test
  void refusesWhatItCannotShow() throws IOException {
    TestShards.write(folder, List.of(List.of(TestShards.sample(10))));
    String set = folder.toString();
    assertThat(InspectMain.run(new String[] {set, "--split", "test"})).isEqualTo(2);
    assertThat(InspectMain.run(new String[] {set, "--split", "val"})).isEqualTo(2);
    assertThat(InspectMain.run(new String[] {set, "--samples", "-1"})).isEqualTo(2);
    assertThat(InspectMain.run(new String[] {set, "--samples", "1001"})).isEqualTo(2);
    assertThat(InspectMain.run(new String[] {set, "--ids", "s#11"})).isEqualTo(2);
    assertThat(InspectMain.run(new String[] {set, "--tokenizer", set})).isEqualTo(1);
    assertThat(InspectMain.run(new String[] {set, "--html", set + "/no/such/page.html"}))
        .isEqualTo(2);
  }
}
