package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PlaceholdersTest {
  @Test
  void areTheUsualWordsUnlessTheEnvironmentSaysOtherwise() {
    assertThat(Placeholders.of(Map.of()))
        .isEqualTo(new Placeholders("<image>", "<video>", "<audio>"))
        .isEqualTo(Placeholders.DEFAULT);
    assertThat(
            Placeholders.of(
                Map.of(
                    "IMAGE_PLACEHOLDER", "a", "VIDEO_PLACEHOLDER", "b", "AUDIO_PLACEHOLDER", "c")))
        .isEqualTo(new Placeholders("a", "b", "c"));
  }

  @Test
  void areNeverEmpty() {
    assertThatThrownBy(() -> Placeholders.of(Map.of("VIDEO_PLACEHOLDER", "")))
        .hasMessage("Cannot use an empty placeholder for a medium");
  }
}
