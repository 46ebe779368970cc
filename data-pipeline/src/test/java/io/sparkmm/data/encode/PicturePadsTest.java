package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.template.TokenPair;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PicturePadsTest {
  private static final int PAD = TinyTokenizer.id("<|image_pad|>");

  @Test
  void repeatsPadsInTheOrderOfTheConversation() {
    PicturePads pads = new PicturePads(PAD, new int[] {2, 1, 3});
    TokenPair first = pads.repeat(new TokenPair(new int[] {1, PAD, 2, PAD}, new int[] {3}));
    TokenPair second = pads.repeat(new TokenPair(new int[] {4}, new int[] {PAD}));

    assertThat(first.source()).containsExactly(1, PAD, PAD, 2, PAD);
    assertThat(first.target()).containsExactly(3);
    assertThat(second.source()).containsExactly(4);
    assertThat(second.target()).containsExactly(PAD, PAD, PAD);
  }

  @Test
  void counts() {
    assertThat(PicturePads.count(new int[] {PAD, 1, PAD}, PAD)).isEqualTo(2);
    assertThat(PicturePads.count(new int[0], PAD)).isZero();
  }

  @Property(seed = "1", tries = 200)
  void equalsTokenizingTheRepeatedText(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 20) Integer> counts,
      @ForAll @net.jqwik.api.constraints.AlphaChars String between) {
    Tokenizer tokenizer = TinyTokenizer.shared();
    StringBuilder one = new StringBuilder();
    StringBuilder many = new StringBuilder();
    for (int count : counts) {
      one.append(between).append("<|vision_start|><|image_pad|><|vision_end|>");
      many.append(between).append("<|vision_start|>");
      many.append("<|image_pad|>".repeat(count)).append("<|vision_end|>");
    }
    PicturePads pads = new PicturePads(PAD, counts.stream().mapToInt(i -> i).toArray());

    assertThat(pads.repeat(new TokenPair(tokenizer.encode(one.toString()), new int[0])).source())
        .isEqualTo(tokenizer.encode(many.toString()));
  }
}
