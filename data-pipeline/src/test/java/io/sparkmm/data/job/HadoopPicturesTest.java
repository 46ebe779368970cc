package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.sample.RejectReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HadoopPicturesTest {
  @TempDir private Path folder;
  private final HadoopPictures pictures = new HadoopPictures(new Configuration());
  private Path picture;
  private byte[] bytes;

  @BeforeEach
  void draw() throws IOException {
    Path set = TestInputs.draw(folder, 1).folder();
    picture = set.resolve("images/train/00000000.png");
    bytes = Files.readAllBytes(picture);
  }

  private void assertRejected(Path path, RejectReason reason) {
    assertThatThrownBy(() -> pictures.probe(path.toString()))
        .isInstanceOfSatisfying(
            ImageException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.detail()).startsWith(path.toString());
            });
  }

  @Test
  void readsSizesOfPathsAndUris() {
    for (String path : new String[] {picture.toString(), picture.toUri().toString()}) {
      ImageHeader header = pictures.probe(path);
      assertThat(header.width()).isEqualTo(56);
      assertThat(header.height()).isEqualTo(56);
      assertThat(pictures.exists(path)).isTrue();
      assertThat(pictures.read(path)).isEqualTo(bytes);
    }
  }

  @Test
  void tellsHowAPictureIsUnusable() throws IOException {
    assertRejected(folder.resolve("none.png"), RejectReason.IMAGE_MISSING);
    assertRejected(folder, RejectReason.IMAGE_UNREADABLE);
    assertRejected(
        Files.writeString(folder.resolve("text.png"), "no picture"), RejectReason.IMAGE_NOT_IMAGE);
    assertRejected(
        Files.write(folder.resolve("cut.png"), Arrays.copyOf(bytes, bytes.length - 30)),
        RejectReason.IMAGE_TRUNCATED);
    assertRejected(
        Files.write(folder.resolve("short.png"), Arrays.copyOf(bytes, 20)),
        RejectReason.IMAGE_HEADER_TRUNCATED);
    assertRejected(Files.createFile(folder.resolve("empty.png")), RejectReason.IMAGE_EMPTY);
  }

  @Test
  void foldersAndImpossiblePathsAreNoFiles() {
    assertThat(pictures.exists(folder.toString())).isFalse();
    assertThat(pictures.exists("")).isFalse();
    assertThat(pictures.exists("a:b:c")).isFalse();
    assertThat(pictures.exists("unknown://host/x.png")).isFalse();
    assertThatThrownBy(() -> pictures.read(folder.resolve("none").toString()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("none");
  }
}
