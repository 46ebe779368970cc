package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.fixture.PictureCase;
import io.sparkmm.data.fixture.ReferencePicture;
import io.sparkmm.data.fixture.TestFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.DoubleSummaryStatistics;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Compares with all pictures that {@code make_qwen2vl.py ... dump} and {@code make_pictures.py
 * dump} processed, when the system properties {@code sparkmm.reference.dump} and {@code
 * sparkmm.pictures.dump} name their folders.
 */
@Tag("slow")
class PixelDumpTest {
  @Test
  void givesThePixelsOfTheReference() throws IOException {
    String dump = System.getProperty("sparkmm.reference.dump");
    assumeTrue(dump != null, "skipped: sparkmm.reference.dump is not set");
    Path shared = TestFiles.sharedData();
    int equal = 0;
    int all = 0;
    double largest = 0;
    for (JsonNode line : TestFiles.lines(Path.of(dump, "pictures.jsonl"))) {
      byte[] file = Files.readAllBytes(shared.resolve(line.path("path").asText()));
      for (RegulariseFilter filter : RegulariseFilter.values()) {
        ReferencePicture reference = new ReferencePicture(line, filter);
        PixelPatches ours = reference.run(file);
        all++;
        if (ReferencePicture.sha256(ours.rows())
            .equals(reference.result().path("sha256").asText())) {
          equal++;
        } else {
          double difference =
              difference(ours.rows(), Path.of(dump, reference.result().path("raw").asText()));
          System.out.println(reference + ": largest difference " + difference);
          largest = Math.max(largest, difference);
        }
      }
    }
    System.out.println(equal + " of " + all + " equal bit for bit, largest difference " + largest);
    assertThat(largest).isZero();
  }

  @Test
  void givesThePixelsOfBothProcessors() throws IOException {
    String dump = System.getProperty("sparkmm.pictures.dump");
    assumeTrue(dump != null, "skipped: sparkmm.pictures.dump is not set");
    Path shared = TestFiles.sharedData();
    Map<String, DoubleSummaryStatistics> differences = new TreeMap<>();
    for (JsonNode line : TestFiles.lines(Path.of(dump, "pictures.jsonl"))) {
      byte[] file = Files.readAllBytes(shared.resolve(line.path("path").asText()));
      for (PictureCase picture : PictureCase.of(line)) {
        PixelPatches ours = picture.run(file);
        assertThat(ReferencePicture.grid(ours))
            .as("%s", picture)
            .isEqualTo(picture.result().path("grid").toString());
        boolean equal =
            ReferencePicture.sha256(ours.rows()).equals(picture.result().path("sha256").asText());
        Path raw = Path.of(dump, picture.result().path("raw").asText());
        differences
            .computeIfAbsent(picture.key(), key -> new DoubleSummaryStatistics())
            .accept(equal ? 0 : difference(ours.rows(), raw));
      }
    }
    differences.forEach(
        (key, values) ->
            System.out.println(
                key
                    + ": "
                    + values.getCount()
                    + " pictures, largest difference "
                    + values.getMax()));
    assertThat(differences).isNotEmpty();
    assertThat(differences).allSatisfy((key, values) -> assertThat(values.getMax()).isZero());
  }

  private static double difference(float[] ours, Path raw) throws IOException {
    FloatBuffer theirs =
        ByteBuffer.wrap(Files.readAllBytes(raw)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    assertThat(ours.length).isEqualTo(theirs.remaining());
    double largest = 0;
    for (int i = 0; i < ours.length; i++) {
      largest = Math.max(largest, Math.abs(ours[i] - theirs.get(i)));
    }
    return largest;
  }
}
