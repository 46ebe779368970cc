package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.fixture.Pictures;
import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line's choices about pictures, through to the manifest. */
@Tag("slow")
class PreparePicturesTest {
  @TempDir private Path folder;
  private TestInputs inputs;

  @BeforeEach
  void draw() {
    inputs = TestInputs.draw(folder, 2);
  }

  /** Runs the verb with options of its own. */
  private ShardManifest prepare(ObjectNode config, String... options) throws IOException {
    TestSpark.local(2);
    Path file = Files.writeString(folder.resolve("data.json"), config.toString());
    Path output = folder.resolve("out" + options.length + String.join("", options).hashCode());
    List<String> words =
        new ArrayList<>(List.of("--mm-data", file.toString(), "--output", output.toString()));
    words.addAll(List.of("--seq-length", "256", "--max-reject-rate", "1"));
    words.addAll(List.of(options));
    assertThat(PrepareMain.run(words.toArray(new String[0]))).isZero();
    return ShardReader.readManifest(
        new org.apache.hadoop.fs.Path(output.toString()), new Configuration());
  }

  /** Pictures by name, and one record for each. */
  private ObjectNode records(Map<String, byte[]> pictures) throws IOException {
    Path media = Files.createDirectories(folder.resolve("media"));
    ArrayNode records = TestInputs.MAPPER.createArrayNode();
    for (Map.Entry<String, byte[]> picture : pictures.entrySet()) {
      Files.write(media.resolve(picture.getKey()), picture.getValue());
      records.add(record(picture.getKey()));
    }
    records.add(record("missing.jpg"));
    Path file = Files.writeString(folder.resolve("records.json"), records.toString());
    return TestInputs.config(inputs.folder().resolve("model"), file, media);
  }

  private static ObjectNode record(String picture) {
    ObjectNode record = TestInputs.MAPPER.createObjectNode().put("image", picture);
    ArrayNode turns = record.putArray("conversations");
    turns.addObject().put("from", "human").put("value", "<image>\nWhat is it?");
    turns.addObject().put("from", "gpt").put("value", "A picture.");
    return record;
  }

  private static Map<RejectReason, Long> rejects(ShardManifest manifest) {
    Map<RejectReason, Long> counts = new TreeMap<>();
    for (RejectSummary summary : manifest.rejects()) {
      counts.put(summary.reason(), summary.count());
      assertThat(summary.examples()).isNotEmpty();
    }
    return counts;
  }

  private static Map<String, byte[]> damagedPictures() {
    byte[] png = Pictures.png(60, 40);
    byte[] jpeg = Pictures.jpeg(60, 40);
    byte[] badHeader = png.clone();
    badHeader[25] = 5;
    byte[] noPixels = png.clone();
    Arrays.fill(noPixels, 16, 20, (byte) 0);
    byte[] bomb = png.clone();
    Arrays.fill(bomb, 18, 20, (byte) 0xff);
    Arrays.fill(bomb, 22, 24, (byte) 0xff);
    byte[] deep = png.clone();
    int data = new String(png, StandardCharsets.ISO_8859_1).indexOf("IDAT") + 4;
    Arrays.fill(deep, data, data + 8, (byte) 0xff);
    Map<String, byte[]> pictures = new LinkedHashMap<>();
    pictures.put("good.png", png);
    pictures.put("wrong-name.jpg", png);
    pictures.put("truncated.jpg", Arrays.copyOf(jpeg, jpeg.length / 2));
    pictures.put("empty.jpg", new byte[0]);
    pictures.put("page.jpg", "<html>not found</html>".getBytes(StandardCharsets.UTF_8));
    pictures.put("bad-header.png", badHeader);
    pictures.put("no-pixels.png", noPixels);
    pictures.put("bomb.png", bomb);
    pictures.put("deep.png", deep);
    return pictures;
  }

  @Test
  void eachKindOfDamageIsCountedUnderItsReason() throws IOException {
    ShardManifest manifest = prepare(records(damagedPictures()));

    assertThat(rejects(manifest))
        .isEqualTo(
            Map.of(
                RejectReason.IMAGE_MISSING, 1L,
                RejectReason.IMAGE_TRUNCATED, 1L,
                RejectReason.IMAGE_EMPTY, 1L,
                RejectReason.IMAGE_NOT_IMAGE, 1L,
                RejectReason.IMAGE_HEADER_INVALID, 1L,
                RejectReason.IMAGE_ZERO_SIZE, 1L,
                RejectReason.IMAGE_TOO_LARGE, 1L));
    // Among them the one whose damage lies behind its header.
    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(3);
  }

  @Test
  void checkingPicturesFindsDamageBehindTheHeader() throws IOException {
    ShardManifest manifest = prepare(records(damagedPictures()), "--check-pictures");

    assertThat(rejects(manifest)).containsEntry(RejectReason.IMAGE_UNDECODABLE, 1L).hasSize(8);
    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(2);
    assertThat(manifest.origin().configuration()).containsEntry("check_pictures", "true");
  }

  @Test
  void theFilterIsRecordedForTraining() throws IOException {
    ShardManifest usual = prepare(inputs.config());
    ShardManifest chosen = prepare(inputs.config(), "--picture-filter", "llama-factory");

    assertThat(usual.origin().configuration()).containsEntry("picture_filter", "mindspeed-mm");
    assertThat(PreparedPictures.filter(usual.origin())).isEqualTo(RegulariseFilter.MINDSPEED_MM);
    assertThat(PreparedPictures.filter(chosen.origin())).isEqualTo(RegulariseFilter.LLAMA_FACTORY);
  }

  @Test
  void anUnknownFilterIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> PrepareSettings.Pictures.filter("nearest"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot prepare: --picture-filter is nearest, it has to be mindspeed-mm or"
                + " llama-factory");
  }

  @Test
  void aDataSetWithoutAFilterHasTheOneOfMindSpeed() {
    ShardManifest.Origin old = new ShardManifest.Origin("t", "a", "b", 0, new TreeMap<>());
    ShardManifest.Origin wrong =
        new ShardManifest.Origin(
            "t", "a", "b", 0, new TreeMap<>(Map.of("picture_filter", "lanczos")));

    assertThat(PreparedPictures.filter(old)).isEqualTo(RegulariseFilter.MINDSPEED_MM);
    assertThatThrownBy(() -> PreparedPictures.filter(wrong))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("its picture_filter is lanczos");
  }

  @Test
  void theFilterOfQwen3VlIsTheSameInBothPrograms() {
    for (RegulariseFilter filter : RegulariseFilter.values()) {
      assertThat(filter.forTemplate("qwen3_vl")).isEqualTo(RegulariseFilter.LLAMA_FACTORY);
      assertThat(filter.forTemplate("qwen2vl")).isEqualTo(filter);
    }
  }
}
