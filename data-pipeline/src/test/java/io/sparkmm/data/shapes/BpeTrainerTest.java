package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class BpeTrainerTest {
  private static List<String> merged(String... texts) {
    return BpeTrainer.train(List.of(texts)).stream().map(BpeTrainer.Merge::merged).toList();
  }

  @Test
  void mergesTheMostFrequentPairFirst() {
    assertThat(merged("low low low lower"))
        .containsExactly("lo", "low", "\u0120low", "er", "\u0120lower");
  }

  @Test
  void takesTheSmallerOfEquallyFrequentPairs() {
    assertThat(merged("xy", "ab")).containsExactly("ab", "xy");
    assertThat(merged("ab", "xy")).containsExactly("ab", "xy");
  }

  @Test
  void doesNotMergeAcrossWords() {
    assertThat(merged("a b", "a b")).containsExactly("\u0120b");
    assertThat(merged("a\nb")).isEmpty();
    assertThat(merged("12")).isEmpty();
  }

  @Test
  void repeatedPairsMergeFromTheLeft() {
    assertThat(merged("aaa")).containsExactly("aa", "aaa");
  }

  @Test
  void theOrderOfTheTextsDoesNotMatter() {
    List<String> texts = new java.util.ArrayList<>(ShapesTexts.all());
    List<BpeTrainer.Merge> merges = BpeTrainer.train(texts);
    Collections.reverse(texts);
    assertThat(BpeTrainer.train(texts)).isEqualTo(merges);
  }

  @Test
  void vocabularyStartsWithAllBytes() {
    List<String> vocabulary = List.copyOf(BpeTrainer.vocabulary(BpeTrainer.train(List.of("ab"))));
    assertThat(vocabulary).hasSize(257).doesNotHaveDuplicates();
    assertThat(vocabulary.get(0)).isEqualTo("!");
    assertThat(vocabulary.get(198)).isEqualTo("\u010a");
    assertThat(vocabulary.get(220)).isEqualTo("\u0120");
    assertThat(vocabulary.get(256)).isEqualTo("ab");
  }

  @Test
  void bytesOfOtherScriptsAreWrittenAsCharacters() {
    assertThat(ByteLevelAlphabet.encode("é \n")).isEqualTo("\u00c3\u00a9\u0120\u010a");
  }
}
