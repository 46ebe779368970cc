package io.sparkmm.train.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.PixelProcessor;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.shard.ShardInfo;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardManifestParser;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.ShardWriter;
import io.sparkmm.data.shard.Split;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleDecoderTest {
  private static final Configuration HADOOP = new Configuration();
  private static final int IMAGE = 91;

  @TempDir private Path folder;

  @Test
  void decodesEmbeddedPicturesAndThoseThatAreFiles() throws IOException {
    byte[] png = picture("png");
    Files.write(folder.resolve("p.png"), png);

    DecodedSample sample =
        decode(
            sample(
                8, image("a.png", Optional.of(png), 4, 4), image("p.png", Optional.empty(), 4, 4)));

    assertThat(sample.pictures()).hasSize(2);
    assertThat(sample.pictures().get(0).rows()).isEqualTo(sample.pictures().get(1).rows());
  }

  @Test
  void namesAPictureThatIsMissing() {
    assertThatThrownBy(() -> decode(sample(4, image("gone.png", Optional.empty(), 4, 4))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("Cannot read picture gone.png of sample s#1: ")
        .hasMessageContaining("does not exist");
  }

  @Test
  void namesAPictureThatIsCutShort() throws IOException {
    byte[] whole = picture("jpg");
    byte[] cut = Arrays.copyOf(whole, whole.length * 2 / 3);

    assertThatThrownBy(() -> decode(sample(4, image("cut.jpg", Optional.of(cut), 4, 4))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("Cannot read picture cut.jpg of sample s#1: ");
  }

  @Test
  void namesAPictureWhoseDataAreDamagedBehindTheHeader() throws IOException {
    byte[] damaged = picture("png");
    int data = new String(damaged, StandardCharsets.ISO_8859_1).indexOf("IDAT") + 4;
    Arrays.fill(damaged, data, data + 8, (byte) 0xff);

    assertThatThrownBy(() -> decode(sample(4, image("deep.png", Optional.of(damaged), 4, 4))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("Cannot read picture deep.png of sample s#1: ")
        .hasMessageContaining("a picture's data is damaged");
  }

  @Test
  void namesAPictureWhoseGridIsNotTheRecordedOne() throws IOException {
    byte[] png = picture("png");

    assertThatThrownBy(() -> decode(sample(8, image("a.png", Optional.of(png), 4, 8))))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "Cannot use picture a.png of sample s#1: it gives the grid 1x4x4, the data set was"
                + " prepared for 1x4x8; prepare the data again with the present picture and"
                + " processor settings");
  }

  @Test
  void namesASampleWhoseTokensDoNotFitItsPictures() throws IOException {
    byte[] png = picture("png");

    assertThatThrownBy(() -> decode(sample(3, image("a.png", Optional.of(png), 4, 4))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "Cannot use sample s#1: its 1 pictures give 4 features, its tokens have room for 3"
                + " (token 91)");
  }

  @Test
  void namesTheRecordOfAPackedRowThatDoesNotFitItsPictures() {
    EncodedImage image = image("a.png", Optional.empty(), 4, 4);
    int[] ids = {5, IMAGE, IMAGE, IMAGE, IMAGE, 6, IMAGE, IMAGE, IMAGE, 7, 0};
    PictureTokenCheck check =
        new PictureTokenCheck(CollatorTest.settings(CollatorSettings.IGNORED));

    assertThatThrownBy(() -> check.check(packed(ids, image, 5, 5)))
        .hasMessageStartingWith(
            "Cannot use sample s#2: its 1 pictures give 4 features, its tokens have room for 3");
    ids[9] = IMAGE;
    check.check(packed(ids, image, 5, 5));
    assertThatThrownBy(() -> check.check(packed(ids, image, 4, 6)))
        .hasMessageStartingWith("Cannot use sample s#1: ");
  }

  private static EncodedSample packed(int[] ids, EncodedImage image, int first, int second) {
    return new EncodedSample(
        "s#1",
        new TokenRow(ids, List.of()),
        List.of(image, image),
        Optional.empty(),
        List.of(new PackedSegment("s#1", first, 1), new PackedSegment("s#2", second, 1)));
  }

  @Test
  void namesTheAnswerThatDoesNotFitItsPictures() {
    EncodedImage image = image("a.png", Optional.empty(), 4, 4);
    TokenRow chosen = new TokenRow(new int[] {IMAGE, IMAGE, IMAGE, IMAGE, 5}, List.of());
    TokenRow rejected = new TokenRow(new int[] {IMAGE, 5}, List.of());
    PictureTokenCheck check =
        new PictureTokenCheck(CollatorTest.settings(CollatorSettings.IGNORED));

    assertThatThrownBy(
            () ->
                check.check(
                    new EncodedSample(
                        "s#1", chosen, List.of(image), Optional.of(rejected), List.of())))
        .hasMessageStartingWith("Cannot use sample s#1 (rejected answer): its 1 pictures give 4");
  }

  private DecodedSample decode(EncodedSample sample) throws IOException {
    org.apache.hadoop.fs.Path data = new org.apache.hadoop.fs.Path(folder.toString(), "data");
    ShardInfo shard;
    try (ShardWriter writer = new ShardWriter(data, Split.TRAIN.shardFile(0), HADOOP)) {
      writer.write(sample);
      shard = writer.finish();
    }
    ShardManifest manifest =
        new ShardManifest(
            new ShardManifest.Origin("qwen2vl", "t", "p", 0, new TreeMap<>()),
            Map.of(Split.TRAIN, List.of(shard)),
            List.of());
    Files.writeString(
        folder.resolve("data").resolve(ShardManifest.FILE_NAME),
        ShardManifestParser.toJson(manifest));
    PixelProcessor processor =
        new PixelProcessor(
            ProcessorConfig.qwen2Vl(), new PixelBounds(0, 1 << 20), RegulariseFilter.MINDSPEED_MM);
    try (ShardReader reader = ShardReader.open(data.toString(), Split.TRAIN, HADOOP)) {
      return new SampleDecoder(
              reader,
              processor,
              CollatorTest.settings(CollatorSettings.IGNORED),
              new PictureFiles(new org.apache.hadoop.fs.Path(folder.toUri()), HADOOP))
          .decode(0);
    }
  }

  private static EncodedSample sample(int imageTokens, EncodedImage... images) {
    int[] ids = new int[imageTokens + 2];
    Arrays.fill(ids, 0, imageTokens, IMAGE);
    ids[imageTokens] = 5;
    ids[imageTokens + 1] = 6;
    return new EncodedSample(
        "s#1", ids, List.of(new LabelSpan(imageTokens, imageTokens + 2)), List.of(images));
  }

  private static EncodedImage image(String path, Optional<byte[]> bytes, int gridH, int gridW) {
    return new EncodedImage(path, bytes, 56, 56, 1, gridH, gridW);
  }

  private static byte[] picture(String format) throws IOException {
    BufferedImage image = new BufferedImage(56, 56, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 56 * 56; i++) {
      image.setRGB(i % 56, i / 56, i * 7919);
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageIO.write(image, format, file);
    return file.toByteArray();
  }
}
