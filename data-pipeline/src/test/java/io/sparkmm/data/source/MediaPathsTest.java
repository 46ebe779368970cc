package io.sparkmm.data.source;

import static org.assertj.core.api.Assertions.assertThat;

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
}
