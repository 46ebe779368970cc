package io.sparkmm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MediaPathsTest {
  @ParameterizedTest
  @CsvSource({
    "data, a.jpg, data/a.jpg",
    "./data/, a.jpg, ./data/a.jpg",
    "'', a.jpg, a.jpg",
    "data, '', data",
    "data, /abs/a.jpg, /abs/a.jpg",
    "data, hdfs://host/a.jpg, hdfs://host/a.jpg",
    "data, file:/a.jpg, file:/a.jpg",
    "hdfs://host/data, x/a.jpg, hdfs://host/data/x/a.jpg",
    "./data, ./data/a.jpg, ./data/./data/a.jpg",
  })
  void joinsFolderAndPath(String root, String path, String joined) {
    assertThat(MediaPaths.join(root, path)).isEqualTo(joined);
  }

  @Test
  void resolvesToTheJoinedPathOnlyWhereThereIsAFile() {
    Set<String> files = Set.of("data/a.jpg", "b.jpg");

    assertThat(MediaPaths.resolve("data", "a.jpg", files::contains)).isEqualTo("data/a.jpg");
    assertThat(MediaPaths.resolve("data", "b.jpg", files::contains)).isEqualTo("b.jpg");
    assertThat(MediaPaths.resolve("data", "c.jpg", files::contains)).isEqualTo("c.jpg");
  }

  @Test
  void keepsAPathThatAlreadyStartsAtTheRoot() {
    // dataset_dir "./data" and a stored path "./data/COCO2017/..." is the usual combination.
    String path = "./data/COCO2017/train2017/000000000009.jpg";

    assertThat(MediaPaths.resolve("./data", path, Set.of(path)::contains)).isEqualTo(path);
  }

  @ParameterizedTest
  @CsvSource({
    "data, a.jpg",
    "data, ./data/a.jpg",
    "data, x/../a.jpg",
    "data, /abs/a.jpg",
    "'', a.jpg",
    "hdfs://nn:8020/data, hdfs://nn:8020/other/a.jpg",
    "hdfs://nn:8020/data, /other/a.jpg",
    "file:///data, file:/data/a.jpg",
    "data, '.../a.jpg'",
  })
  void allowsPathsOnTheFileSystemOfTheMediaFolder(String root, String path) {
    assertThatCode(() -> MediaPaths.requireAllowed(root, path)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "data, ../a.jpg, above the folder",
    "data, ../../etc/passwd, above the folder",
    "data, x/../../a.jpg, above the folder",
    "data, /../a.jpg, above the folder",
    "hdfs://nn/data, hdfs://nn/../a.jpg, above the folder",
    "data, http://169.254.169.254/latest, another file system than the media folder data",
    "'', http://host/a.jpg, another file system than the media folder does",
    "data, file:/etc/passwd, another file system",
    "data, file:///etc/passwd, another file system",
    "hdfs://nn/data, hdfs://other/a.jpg, another file system",
    "hdfs://nn/data, s3a://nn/a.jpg, another file system",
    "data, //host/a.jpg, another file system",
    "data, a:b.jpg, another file system",
  })
  void forbidsPathsThatLeadElsewhere(String root, String path, String message) {
    assertThatThrownBy(() -> MediaPaths.requireAllowed(root, path))
        .isInstanceOf(RecordDefect.class)
        .hasMessageContaining(path)
        .hasMessageContaining(message);
  }

  @Test
  void forbidsNulCharacters() {
    assertThatThrownBy(() -> MediaPaths.requireAllowed("data", "a\0.jpg"))
        .isInstanceOf(RecordDefect.class)
        .hasMessage("a?.jpg: it holds a NUL character");
  }
}
