package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.fixture.ReferenceCase;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.image.ImageFormat;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageMode;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Conversations whose tokens LLaMA-Factory made with the real Qwen tokenizer. */
class ReferenceGoldenTest {
  static Stream<ReferenceCase> cases() {
    return TestFiles.lines(TestFiles.golden("qwen2vl_conversations.jsonl")).stream()
        .map(ReferenceCase::new);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheTokensOfTheReference(ReferenceCase reference) {
    Tokenizer tokenizer =
        Tokenizer.shared(TokenizerFiles.read(TestFiles.sharedData().resolve("qwen_tokenizer")));
    ReferenceCase.Outcome ours =
        reference.run(tokenizer, "", path -> false, path -> header(reference, path));

    assertThat(reference.outcome()).isEqualTo("keep");
    assertThat(ours.reason()).isEmpty();
    assertThat(ours.sample())
        .hasValueSatisfying(
            sample -> {
              assertThat(sample.inputIds())
                  .containsExactly(reference.ids().toArray(Integer[]::new));
              assertThat(ReferenceCase.spans(sample)).isEqualTo(reference.spans());
              assertThat(ReferenceCase.grids(sample)).isEqualTo(reference.grids());
            });
  }

  private static ImageHeader header(ReferenceCase reference, String path) {
    JsonNode size = reference.json().path("sizes").path(path);
    assertThat(List.of(size.get(0).isInt(), size.get(1).isInt())).containsOnly(true);
    return new ImageHeader(
        ImageFormat.PNG, size.get(0).intValue(), size.get(1).intValue(), ImageMode.RGB);
  }
}
