package io.sparkmm.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.fixture.PictureCase;
import io.sparkmm.data.fixture.ReferencePicture;
import io.sparkmm.data.fixture.TestFiles;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pictures of every format, mode and odd size, with the {@code pixel_values} of transformers' slow
 * and fast processors after either filter.
 */
class OddPicturesTest {
  static List<PictureCase> pictures() {
    List<PictureCase> cases = new ArrayList<>();
    for (JsonNode line : TestFiles.lines(TestFiles.golden("odd_pictures.jsonl"))) {
      cases.addAll(PictureCase.of(line));
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("pictures")
  void givesThePixelsOfTheReferenceBitForBit(PictureCase picture) {
    PixelPatches ours = picture.run(picture.file());

    assertThat(ReferencePicture.grid(ours)).isEqualTo(picture.result().path("grid").toString());
    assertThat(ReferencePicture.sha256(ours.rows()))
        .isEqualTo(picture.result().path("sha256").asText());
  }
}
