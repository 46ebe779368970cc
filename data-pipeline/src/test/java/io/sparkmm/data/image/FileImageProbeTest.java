package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Pictures;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.sample.RejectReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileImageProbeTest {
  @TempDir Path folder;

  @Test
  void looksUpRelativeAndAbsolutePaths() throws IOException {
    Path file = Files.write(folder.resolve("a.png"), Pictures.png(30, 20));
    ImageHeader expected = new ImageHeader(ImageFormat.PNG, 30, 20, ImageMode.RGB);

    assertThat(new FileImageProbe(folder).probe("a.png")).isEqualTo(expected);
    assertThat(new FileImageProbe(folder).probe("./a.png")).isEqualTo(expected);
    assertThat(new FileImageProbe(Path.of("elsewhere")).probe(file.toString())).isEqualTo(expected);
  }

  @Test
  void saysThatAFileIsMissing() {
    for (String path : List.of("none.jpg", ".", "", "nul\0byte")) {
      assertThatThrownBy(() -> new FileImageProbe(folder).probe(path))
          .as(path)
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("a picture file does not exist")
          .extracting("reason")
          .isEqualTo(RejectReason.IMAGE_MISSING);
    }
  }

  @Test
  void saysThatAFileIsCut() throws IOException {
    byte[] file = Pictures.jpeg(300, 200);
    Files.write(folder.resolve("a.jpg"), Pictures.head(file, file.length / 2));

    assertThatThrownBy(() -> new FileImageProbe(folder).probe("a.jpg"))
        .isInstanceOf(ImageException.class)
        .extracting("reason", "detail")
        .containsExactly(RejectReason.IMAGE_TRUNCATED, "a.jpg: there is no end marker");
  }

  @Test
  void readsAllPhotosOfTheSharedData() throws IOException {
    Path photos = TestFiles.sharedData().resolve("coco128").resolve("train2017");
    FileImageProbe probe = new FileImageProbe(photos);
    try (Stream<Path> files = Files.list(photos)) {
      List<ImageHeader> headers =
          files.map(file -> probe.probe(file.getFileName().toString())).toList();

      assertThat(headers).hasSize(128);
      assertThat(headers).allMatch(header -> header.format() == ImageFormat.JPEG);
      assertThat(headers).filteredOn(header -> header.mode() == ImageMode.GREY).hasSize(1);
      assertThat(headers).allMatch(header -> Math.max(header.width(), header.height()) <= 640);
    }
  }
}
