package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFilesTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir private Path folder;

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.toUri().toString(), name);
  }

  @Test
  void writesTextWithoutChecksumFiles() throws IOException {
    DataFiles.writeText(path("a/b.txt"), "grün 😀", CONFIGURATION);
    assertThat(TestShards.tree(folder)).containsOnlyKeys("a/b.txt");
    assertThat(DataFiles.readText(path("a/b.txt"), CONFIGURATION)).isEqualTo("grün 😀");
  }

  @Test
  void neverOverwrites() throws IOException {
    DataFiles.writeText(path("a"), "first", CONFIGURATION);
    assertThatThrownBy(() -> DataFiles.writeText(path("a"), "second", CONFIGURATION))
        .isInstanceOf(IOException.class);
    assertThat(folder.resolve("a")).hasContent("first");
  }

  @Test
  void knowsWhatExists() throws IOException {
    Files.createDirectory(folder.resolve("d"));
    assertThat(DataFiles.exists(path("d"), CONFIGURATION)).isTrue();
    assertThat(DataFiles.exists(path("e"), CONFIGURATION)).isFalse();
    assertThatThrownBy(() -> DataFiles.readBytes(path("e"), CONFIGURATION))
        .isInstanceOf(FileNotFoundException.class);
  }

  @Test
  void renamesToNewNamesOnly() throws IOException {
    Files.createDirectory(folder.resolve("d"));
    Files.writeString(folder.resolve("d/file"), "x");
    DataFiles.renameToNew(path("d"), path("e"), CONFIGURATION);
    assertThat(TestShards.tree(folder)).containsOnlyKeys("e/file");
    Files.createDirectory(folder.resolve("d"));
    assertThatThrownBy(() -> DataFiles.renameToNew(path("e"), path("d"), CONFIGURATION))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(TestShards.tree(folder)).containsOnlyKeys("e/file");
  }

  @Test
  void qualifiesRelativePaths() throws IOException {
    org.apache.hadoop.fs.Path qualified =
        DataFiles.qualified(new org.apache.hadoop.fs.Path("x/y"), CONFIGURATION);
    assertThat(qualified.toUri().getScheme()).isEqualTo("file");
    assertThat(qualified.toUri().getPath()).isEqualTo(Path.of("x/y").toAbsolutePath().toString());
  }
}
