package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagedOutputTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir private Path folder;

  private StagedOutput begin(String name) {
    return StagedOutput.begin(folder.resolve(name).toString(), CONFIGURATION);
  }

  private static org.apache.hadoop.fs.Path write(StagedOutput output, String text)
      throws IOException {
    org.apache.hadoop.fs.Path content = new org.apache.hadoop.fs.Path(output.staging(), "content");
    DataFiles.writeText(new org.apache.hadoop.fs.Path(content, "a/b.txt"), text, CONFIGURATION);
    return content;
  }

  private List<String> names() throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void publishesAFolderAndLeavesNothingElse() throws IOException {
    try (StagedOutput output = begin("deep/er/out")) {
      org.apache.hadoop.fs.Path content = write(output, "x");
      assertThat(folder.resolve("deep/er/out")).doesNotExist();
      output.publish(content);
    }
    assertThat(folder.resolve("deep/er/out/a/b.txt")).hasContent("x");
    assertThat(TestShards.tree(folder)).hasSize(1);
  }

  @Test
  void whatIsNotPublishedDisappears() throws IOException {
    try (StagedOutput output = begin("out")) {
      write(output, "x");
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void refusesAnOutputThatExists() throws IOException {
    Files.writeString(folder.resolve("out"), "mine");
    assertThatThrownBy(() -> begin("out"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("out: it exists already; remove it or choose another name");
    assertThat(names()).containsExactly("out");
  }

  @Test
  void neverReplacesWhatAppearedMeanwhile() throws IOException {
    try (StagedOutput output = begin("out")) {
      org.apache.hadoop.fs.Path content = write(output, "x");
      Files.createDirectory(folder.resolve("out"));
      Files.writeString(folder.resolve("out/other"), "theirs");
      assertThatThrownBy(() -> output.publish(content))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("it exists already");
    }
    assertThat(TestShards.tree(folder)).containsOnlyKeys("out/other");
  }

  @Test
  void removesWhatAKilledProcessLeftBehind() throws IOException {
    Path killed = Path.of(begin("out").staging().toUri());
    Files.writeString(killed.resolve("half"), "half");
    assertThat(names()).hasSize(1);
    try (StagedOutput output = begin("out")) {
      output.publish(write(output, "x"));
    }
    assertThat(names()).containsExactly("out");
  }

  @Test
  void anotherOutputsFolderIsNotTouched() throws IOException {
    try (StagedOutput other = begin("other")) {
      write(other, "theirs");
      try (StagedOutput output = begin("out")) {
        output.publish(write(output, "x"));
      }
      assertThat(Path.of(other.staging().toUri())).exists();
    }
  }

  @Test
  void namesAPlaceThatCannotBeWritten() throws IOException {
    Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(() -> begin("file/out"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot write " + folder.resolve("file/out"));
  }
}
