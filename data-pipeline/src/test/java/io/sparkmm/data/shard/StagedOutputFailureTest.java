package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outputs whose writers fail, race or were killed. */
class StagedOutputFailureTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir private Path folder;

  private StagedOutput begin(String name) {
    return StagedOutput.begin(folder.resolve(name).toString(), CONFIGURATION);
  }

  private static org.apache.hadoop.fs.Path write(StagedOutput output, String text)
      throws IOException {
    org.apache.hadoop.fs.Path content = new org.apache.hadoop.fs.Path(output.staging(), "content");
    DataFiles.writeText(content, text, CONFIGURATION);
    return content;
  }

  private List<String> names() throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private void writeAndFail() throws IOException {
    try (StagedOutput output = begin("out")) {
      write(output, "half");
      throw new IOException("disk full");
    }
  }

  @Test
  void aWriterThatFailsLeavesNothing() throws IOException {
    assertThatThrownBy(this::writeAndFail).isInstanceOf(IOException.class).hasMessage("disk full");
    assertThat(names()).isEmpty();
    try (StagedOutput output = begin("out")) {
      output.publish(write(output, "whole"));
    }
    assertThat(folder.resolve("out")).hasContent("whole");
  }

  @Test
  void stagingFoldersAreHiddenBesideTheirTargetAndDifferent() {
    try (StagedOutput one = begin("out");
        StagedOutput two = begin("out")) {
      assertThat(one.staging()).isNotEqualTo(two.staging());
      for (StagedOutput output : List.of(one, two)) {
        assertThat(output.staging().getName()).startsWith(".out.staging-");
        assertThat(output.staging().getParent()).isEqualTo(output.target().getParent());
        assertThat(Path.of(output.staging().toUri())).isEmptyDirectory();
      }
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void theSlowerOfTwoWritersIsToldThatTheOutputExists() throws IOException {
    try (StagedOutput slow = begin("out");
        StagedOutput fast = begin("out")) {
      org.apache.hadoop.fs.Path late = write(slow, "slow");
      fast.publish(write(fast, "fast"));
      assertThatThrownBy(() -> slow.publish(late))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("out: it exists already; remove it or choose another name");
    }
    assertThat(folder.resolve("out")).hasContent("fast");
    assertThat(names()).containsExactly("out");
  }

  @Test
  void ofManyWritersAtOnceOneWins() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Future<Boolean>> futures = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        String text = "writer " + i;
        futures.add(pool.submit(() -> published(text)));
      }
      int winners = 0;
      for (Future<Boolean> future : futures) {
        winners += future.get() ? 1 : 0;
      }
      assertThat(winners).isOne();
    } finally {
      pool.shutdownNow();
    }
    assertThat(Files.readString(folder.resolve("out"))).startsWith("writer ");
  }

  private boolean published(String text) {
    try (StagedOutput output = begin("out")) {
      output.publish(write(output, text));
      return true;
    } catch (DataException | IOException e) {
      return false;
    }
  }

  @Test
  void contentThatWasNeverWrittenIsNotPublished() throws IOException {
    try (StagedOutput output = begin("out")) {
      org.apache.hadoop.fs.Path missing = new org.apache.hadoop.fs.Path(output.staging(), "none");
      assertThatThrownBy(() -> output.publish(missing))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("Cannot write ")
          .hasMessageNotContaining("exists already");
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void closingTwiceIsHarmless() throws IOException {
    StagedOutput output = begin("out");
    output.publish(write(output, "x"));
    output.close();
    output.close();
    assertThat(names()).containsExactly("out");
  }

  @ParameterizedTest
  @ValueSource(strings = {"with blank", "\u00fcml\u00e4ut", "a.b.c", "-dash", "deep/er/x"})
  void namesOfManyKindsCanBeWritten(String name) throws IOException {
    try (StagedOutput output = begin(name)) {
      output.publish(write(output, "x"));
    }
    assertThat(folder.resolve(name)).hasContent("x");
    assertThat(TestShards.tree(folder)).containsOnlyKeys(name);
  }

  @Test
  void outputsWithACommonStartOfTheirNamesDoNotDisturbEachOther() throws IOException {
    try (StagedOutput longer = begin("out.staging");
        StagedOutput output = begin("out")) {
      org.apache.hadoop.fs.Path content = write(longer, "longer");
      output.publish(write(output, "short"));
      longer.publish(content);
    }
    assertThat(folder.resolve("out")).hasContent("short");
    assertThat(folder.resolve("out.staging")).hasContent("longer");
  }

  @Test
  void severalLeftoversGoWithTheNextSuccess() throws IOException {
    for (int i = 0; i < 3; i++) {
      write(begin("out"), "killed " + i);
    }
    assertThat(names()).hasSize(3);
    try (StagedOutput output = begin("out")) {
      output.publish(write(output, "x"));
    }
    assertThat(names()).containsExactly("out");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/"})
  void aPlaceWithoutNameIsRefused(String output) {
    assertThatThrownBy(() -> StagedOutput.begin(output, CONFIGURATION))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot write " + output);
  }
}
