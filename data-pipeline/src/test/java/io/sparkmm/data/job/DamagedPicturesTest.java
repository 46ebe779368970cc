package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A set of which one per cent of the records name damaged pictures, of eight kinds. */
@Tag("slow")
class DamagedPicturesTest {
  private static final int PICTURES = 40;
  private static final int RECORDS = 800;

  /** Positions in a PNG file: width and height, and the CRC of the chunk that they are in. */
  private static final int WIDTH = 16;

  private static final int HEADER_TYPE = 12;
  private static final int HEADER_CRC = 29;

  @TempDir static Path folder;
  private static TestInputs inputs;
  private static Path records;
  private static List<String> damaged;

  @TempDir private Path output;

  @BeforeAll
  static void draw() throws IOException {
    inputs = TestInputs.draw(folder, PICTURES);
    Path images = inputs.folder().resolve("images/train");
    byte[] picture = Files.readAllBytes(images.resolve("00000000.png"));
    Files.write(images.resolve("truncated.png"), Arrays.copyOf(picture, picture.length / 2));
    Files.write(images.resolve("empty.png"), new byte[0]);
    Files.writeString(images.resolve("page.png"), "<!DOCTYPE html><title>404 Not Found</title>");
    Files.write(images.resolve("other-name.jpg"), picture);
    byte[] noHeader = picture.clone();
    noHeader[HEADER_TYPE] = 'X';
    Files.write(images.resolve("header.png"), noHeader);
    Files.write(images.resolve("zero.png"), resized(picture, 0, 56));
    Files.write(images.resolve("bomb.png"), resized(picture, 2_000_000_000, 2_000_000_000));
    damaged =
        List.of(
            "truncated.png",
            "missing.png",
            "empty.png",
            "page.png",
            "other-name.jpg",
            "header.png",
            "zero.png",
            "bomb.png");
    records = write("records.jsonl", 100);
  }

  private static byte[] resized(byte[] picture, int width, int height) {
    byte[] changed = picture.clone();
    ByteBuffer.wrap(changed).putInt(WIDTH, width).putInt(WIDTH + Integer.BYTES, height);
    CRC32 crc = new CRC32();
    crc.update(changed, HEADER_TYPE, HEADER_CRC - HEADER_TYPE);
    ByteBuffer.wrap(changed).putInt(HEADER_CRC, (int) crc.getValue());
    return changed;
  }

  /** Writes records of which one of so many names a damaged picture. */
  private static Path write(String name, int distance) throws IOException {
    JsonNode drawn = TestInputs.MAPPER.readTree(inputs.records().toFile());
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      ObjectNode record = drawn.get(i % PICTURES).deepCopy();
      if (i % distance == distance / 2) {
        record.put("image", damaged.get(i / distance % damaged.size()));
      }
      lines.add(record.toString());
    }
    return Files.write(inputs.folder().resolve(name), lines);
  }

  private ShardManifest prepare(Path file, String name, double rate, boolean embed) {
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", file.toString());
    PrepareSettings.Options plain = TestInputs.options(64, 3, rate);
    PrepareSettings.Options options =
        new PrepareSettings.Options(
            plain.sequenceLength(), plain.sharding(), embed, plain.seed(), plain.placeholders());
    return PrepareJob.run(
        TestSpark.local(2), TestInputs.settings(config, output.resolve(name), options));
  }

  @Test
  void eachKindIsRejectedForItsReasonAndAllElseIsKept() {
    for (boolean embed : new boolean[] {false, true}) {
      ShardManifest manifest = prepare(records, "out" + embed, 0.01, embed);
      Map<RejectReason, List<String>> rejects =
          manifest.rejects().stream()
              .collect(
                  Collectors.toMap(
                      RejectSummary::reason,
                      summary ->
                          summary.examples().stream()
                              .map(reject -> damaged.get((int) reject.record() / 100))
                              .toList()));
      assertThat(rejects)
          .isEqualTo(
              Map.of(
                  RejectReason.IMAGE_TRUNCATED, List.of("truncated.png"),
                  RejectReason.IMAGE_MISSING, List.of("missing.png"),
                  RejectReason.IMAGE_EMPTY, List.of("empty.png"),
                  RejectReason.IMAGE_NOT_IMAGE, List.of("page.png"),
                  RejectReason.IMAGE_HEADER_INVALID, List.of("header.png"),
                  RejectReason.IMAGE_ZERO_SIZE, List.of("zero.png"),
                  RejectReason.IMAGE_TOO_LARGE, List.of("bomb.png")));
      assertThat(manifest.rejected()).isEqualTo(7);
      assertThat(manifest.rows(Split.TRAIN)).isEqualTo(RECORDS - 7);
    }
  }

  @Test
  void belowTheLimitTheyStopNothingAboveItNothingIsPublished() {
    prepare(records, "at-the-limit", 7.0 / RECORDS, false);
    assertThatThrownBy(() -> prepare(records, "out", 6.9 / RECORDS, false))
        .isInstanceOf(DataException.class)
        .hasMessageMatching("(?s)Cannot prepare: 7 of 800 records .*were rejected.*")
        .hasMessageContaining("at most 0.86 % are allowed")
        .hasMessageContaining("1 image_truncated")
        .hasMessageContaining("record 50 of " + records);
    assertThat(output.resolve("out")).doesNotExist();
  }

  @Test
  void aJobThatMustFailEndsEarly() throws IOException {
    Path bad = write("bad.jsonl", 2);
    assertThatThrownBy(() -> prepare(bad, "out", 0.05, false))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("of 800 records")
        .hasMessageContaining("at most 5.00 % are allowed")
        .hasMessageContaining("image_missing");
    assertThat(TestShards.tree(output)).isEmpty();
  }

  @Test
  void picturesThatAreMendedAreLookedAtAgain() throws IOException {
    assertThatThrownBy(() -> prepare(records, "out", 0, false)).isInstanceOf(DataException.class);
    Path missing = inputs.folder().resolve("images/train/missing.png");
    Files.copy(inputs.folder().resolve("images/train/00000001.png"), missing);
    try {
      assertThat(prepare(records, "out", 0.01, false).rejected()).isEqualTo(6);
    } finally {
      Files.delete(missing);
    }
  }

  @Test
  void coresPartitionsAndRunsDoNotChangeAByte() throws IOException {
    for (boolean embed : new boolean[] {false, true}) {
      Map<String, String> expected = Map.of();
      for (int cores : new int[] {1, 2}) {
        for (int partitions : new int[] {1, 3, 7}) {
          for (int run = 0; run < 2; run++) {
            ObjectNode config = inputs.config();
            TestInputs.basic(config).put("dataset", records.toString()).put("val_rate", 0.125);
            PrepareSettings.Options plain = TestInputs.options(64, partitions, 0.01);
            Path target = output.resolve("r" + embed + cores + partitions + run);
            PrepareJob.run(
                TestSpark.local(cores),
                TestInputs.settings(
                    config,
                    target,
                    new PrepareSettings.Options(
                        256, plain.sharding(), embed, 0, plain.placeholders())));
            Map<String, String> tree = TestShards.tree(target);
            TestShards.delete(target);
            expected = expected.isEmpty() ? tree : expected;
            assertThat(tree)
                .as("%s cores, %s partitions, run %s", cores, partitions, run)
                .isEqualTo(expected);
          }
        }
      }
    }
  }
}
