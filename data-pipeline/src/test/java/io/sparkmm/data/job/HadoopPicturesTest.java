package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkmm.data.fixture.CountingFileSystem;
import io.sparkmm.data.fixture.Pictures;
import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageFormat;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.sample.RejectReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
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

  @Test
  void aNewPictureCostsOneLookUpAndTwoReadsAndAKnownOneNothing() throws IOException {
    HadoopPictures counted = new HadoopPictures(CountingFileSystem.configuration());
    Path photo = Files.write(folder.resolve("photo.jpg"), Pictures.jpeg(900, 700));
    String path = CountingFileSystem.uri(photo);
    CountingFileSystem.takeCalls();

    assertThat(counted.exists(path)).isTrue();
    ImageHeader header = counted.probe(path);
    assertThat(CountingFileSystem.takeCalls()).containsExactly("status", "open", "read", "read");

    assertThat(counted.exists(path)).isTrue();
    assertThat(counted.probe(path)).isEqualTo(header);
    assertThat(CountingFileSystem.takeCalls()).isEmpty();
  }

  @Test
  void aMissingPictureOfAnotherFileSystemIsMissing() {
    HadoopPictures counted = new HadoopPictures(CountingFileSystem.configuration());
    String path = CountingFileSystem.uri(folder.resolve("none.png"));

    assertThat(counted.exists(path)).isFalse();
    assertThatThrownBy(() -> counted.probe(path))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("a picture file does not exist")
        .hasMessageContaining(path);
  }

  /** Damage that the header shows: each kind has a reason of its own. */
  @Test
  void tellsEightKindsOfDamageApart() throws IOException {
    byte[] jpeg = Pictures.jpeg(60, 40);
    byte[] badHeader = bytes.clone();
    badHeader[25] = 5;
    byte[] noPixels = bytes.clone();
    Arrays.fill(noPixels, 16, 20, (byte) 0);
    byte[] bomb = bytes.clone();
    Arrays.fill(bomb, 17, 24, (byte) 0xff);
    Map<RejectReason, byte[]> damage =
        Map.of(
            RejectReason.IMAGE_EMPTY,
            new byte[0],
            RejectReason.IMAGE_NOT_IMAGE,
            "<html>404</html>".getBytes(StandardCharsets.UTF_8),
            RejectReason.IMAGE_FORMAT_UNSUPPORTED,
            Pictures.bytes("49 49 2a 00 08 00 00 00"),
            RejectReason.IMAGE_HEADER_TRUNCATED,
            Arrays.copyOf(bytes, 20),
            RejectReason.IMAGE_HEADER_INVALID,
            badHeader,
            RejectReason.IMAGE_ZERO_SIZE,
            noPixels,
            RejectReason.IMAGE_TRUNCATED,
            Arrays.copyOf(jpeg, jpeg.length / 2),
            RejectReason.IMAGE_TOO_LARGE,
            bomb);

    damage.forEach(
        (reason, file) -> {
          try {
            assertRejected(Files.write(folder.resolve(reason + ".png"), file), reason);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void theNameOfAFileSaysNothingAboutItsFormat() throws IOException {
    Path file = Files.write(folder.resolve("a.jpg"), bytes);

    assertThat(pictures.probe(file.toString()).format()).isEqualTo(ImageFormat.PNG);
  }

  @Test
  void damageDeepInTheDataIsFoundByDecodingOnly() throws IOException {
    byte[] damaged = bytes.clone();
    // The first bytes of the packed rows.
    int data = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("IDAT") + 4;
    Arrays.fill(damaged, data, data + 8, (byte) 0xff);
    String file = Files.write(folder.resolve("deep.png"), damaged).toString();

    assertThat(pictures.probe(file).width()).isEqualTo(56);
    assertThatThrownBy(() -> new HadoopPictures(new Configuration(), true).probe(file))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(file)
        .extracting("reason")
        .isEqualTo(RejectReason.IMAGE_UNDECODABLE);
  }

  @Test
  void aDeviceIsNotRead() {
    Path device = Path.of("/dev/zero");
    assumeTrue(Files.exists(device), "skipped: there is no /dev/zero");

    assertThat(pictures.exists(device.toString())).isFalse();
    assertRejected(device, RejectReason.IMAGE_UNREADABLE);
  }
}
