package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.shard.SourceState;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceFileTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir private Path folder;

  /** {@code N} stands for a line's end. */
  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("records"), text.replace('N', '\n'));
  }

  private SourceState state(Path file) {
    JsonIndex index =
        JsonIndexer.index(file.toString(), new JsonIndex.Request(2, Set.of()), CONFIGURATION);
    return new SourceFile(file.toString(), CONFIGURATION).state(Split.VAL, 0, index.chunks());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // JSON Lines
        "{}N{}N|{}N{}N|NONE",
        "{}N{}N|{}N{}|NONE",
        "{}N{}|{}N{}  NN N|NONE",
        "{}N{}|{}N{}N{}|GROWN",
        "{}N{}N|{}N{}NN {}N|GROWN",
        "{}N{}N|{}N[]N|REWRITTEN",
        "{}N{}N|{}N|REWRITTEN",
        "{}N{\"a\":1|{}N{\"a\":12}N|REWRITTEN",
        "{}N{}|{}N{} {}|REWRITTEN",
        // One array
        "[{},{}]|[{},{}]|NONE",
        "[{},{}]|[{},{}N] N|NONE",
        "[{},{}N]N|[{},{}N,{}N]N|GROWN",
        "[{},[1]]|[{},[1],2]|GROWN",
        "[{},1]|[{},12]|REWRITTEN",
        "[{},{}]|[{}]|REWRITTEN",
        "[{},{}]|[{},{}|REWRITTEN",
        "[{},{}]|[{},{}] x|REWRITTEN",
        "[{},{}]|N[{},{}]|REWRITTEN",
        // No records
        "[]|[ ]|NONE",
        "[]|[{}]|GROWN",
        "N|{}N|GROWN",
      })
  void tellsWhatBecameOfAFile(String before, String after, SourceFile.Change change)
      throws IOException {
    SourceState known = state(write(before));
    Path file = write(after);
    assertThat(new SourceFile(file.toString(), CONFIGURATION).change(known)).isEqualTo(change);
  }

  @Test
  void knowsTheEndOfTheLastRecord() throws IOException {
    SourceState lines = state(write("{}N{\"a\": 1} NN"));
    assertThat(lines.records()).isEqualTo(2);
    assertThat(lines.end()).isEqualTo(11);
    assertThat(lines.layout()).isEqualTo(SourceState.Layout.LINES);
    SourceState array = state(write("[{}, {}, [] N] N"));
    assertThat(array.records()).isEqualTo(3);
    assertThat(array.end()).isEqualTo(11);
    assertThat(array.layout()).isEqualTo(SourceState.Layout.ARRAY);
  }

  @Test
  void aByteOrderMarkIsPartOfTheFile() throws IOException {
    Path file = write("\ufeff[{}]");
    SourceState known = state(file);
    assertThat(known.end()).isEqualTo(6);
    Files.write(file, "\ufeff[{},{}]".getBytes(StandardCharsets.UTF_8));
    assertThat(new SourceFile(file.toString(), CONFIGURATION).change(known))
        .isEqualTo(SourceFile.Change.GROWN);
  }

  @Test
  void noticesThatAFileIsGone() throws IOException {
    Path file = write("{}");
    SourceState known = state(file);
    Files.delete(file);
    assertThat(new SourceFile(file.toString(), CONFIGURATION).change(known))
        .isEqualTo(SourceFile.Change.MISSING);
  }
}
