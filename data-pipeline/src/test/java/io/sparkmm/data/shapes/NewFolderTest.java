package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFolderTest {
  @TempDir private Path folder;

  private static void fill(Path target) throws IOException {
    Files.createDirectories(target.resolve("deep/er"));
    Files.writeString(target.resolve("deep/er/file"), "x");
  }

  @Test
  void appearsWithItsContentOnly() throws IOException {
    Path target = folder.resolve("parents/are/made");
    NewFolder.create(
        target,
        work -> {
          fill(work);
          assertThat(target).doesNotExist();
        });
    assertThat(TestShards.tree(folder)).containsOnlyKeys("parents/are/made/deep/er/file");
  }

  @Test
  void isGoneWhenFillingFails() {
    assertThatThrownBy(
            () ->
                NewFolder.create(
                    folder.resolve("new"),
                    work -> {
                      fill(work);
                      throw new IOException("disk full");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("disk full");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void doesNotReplaceWhatAppearsMeanwhile() throws IOException {
    Path target = folder.resolve("new");
    assertThatThrownBy(
            () ->
                NewFolder.create(
                    target,
                    work -> {
                      fill(work);
                      Files.writeString(target, "theirs");
                    }))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it exists already");
    assertThat(TestShards.tree(folder)).containsOnlyKeys("new");
    assertThat(target).hasContent("theirs");
  }
}
