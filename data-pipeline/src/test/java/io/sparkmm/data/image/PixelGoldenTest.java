package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.fixture.ReferencePicture;
import io.sparkmm.data.fixture.TestFiles;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures of every mode whose {@code pixel_values} transformers made. */
class PixelGoldenTest {
  static List<ReferencePicture> pictures() {
    List<ReferencePicture> pictures = new ArrayList<>();
    for (JsonNode line : TestFiles.lines(TestFiles.golden("qwen2vl_pictures.jsonl"))) {
      for (RegulariseFilter filter : RegulariseFilter.values()) {
        pictures.add(new ReferencePicture(line, filter));
      }
    }
    return pictures;
  }

  @ParameterizedTest
  @MethodSource("pictures")
  void givesThePixelsOfTheReferenceBitForBit(ReferencePicture reference) {
    byte[] file = Base64.getDecoder().decode(reference.json().path("file").asText());

    assertThat(ImageHeader.of("picture", file).mode()).isEqualTo(reference.mode());
    PixelPatches ours = reference.run(file);
    assertThat(ReferencePicture.grid(ours)).isEqualTo(reference.result().path("grid").toString());
    for (int i = 0; i < reference.result().path("head").size(); i++) {
      assertThat(ours.rows()[i])
          .isEqualTo((float) reference.result().path("head").get(i).doubleValue());
    }
    assertThat(ReferencePicture.sha256(ours.rows()))
        .isEqualTo(reference.result().path("sha256").asText());
  }
}
