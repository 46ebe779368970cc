package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** The learned tokenizer, run by the library that training uses. */
class BpePropertiesTest {
  private static final List<BpeTrainer.Merge> MERGES = BpeTrainer.train(ShapesTexts.all());
  private static final Tokenizer TOKENIZER = tokenizer("the shapes set", MERGES);

  private static Tokenizer tokenizer(String name, List<BpeTrainer.Merge> merges) {
    return Tokenizer.shared(
        new TokenizerFiles(
            name, bytes(ModelFiles.tokenizer(merges)), bytes(ModelFiles.tokenizerConfig(merges))));
  }

  private static byte[] bytes(JsonNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The library's table of combining marks is older than the one of the JDK (it does not know
   * U+09FE, say), so marks may stand in another order: both texts are canonically equivalent.
   */
  @Property(seed = "1", tries = 300)
  void everyTextComesBack(@ForAll @StringLength(max = 60) String text) {
    String normal = Normalizer.normalize(text, Normalizer.Form.NFC);
    Assume.that(StandardCharsets.UTF_8.newEncoder().canEncode(normal));
    String decoded = TOKENIZER.decode(TOKENIZER.encode(text), false);
    assertThat(Normalizer.normalize(decoded, Normalizer.Form.NFC)).isEqualTo(normal);
  }

  @Property(seed = "1", tries = 200)
  void everySentenceOfItsLettersComesBackInFewerTokens(
      @ForAll @StringLength(min = 1, max = 80) @CharRange(from = 'a', to = 'z') String letters) {
    int[] ids = TOKENIZER.encode("a red star and " + letters);
    assertThat(TOKENIZER.decode(ids, false)).isEqualTo("a red star and " + letters);
    assertThat(ids.length).isLessThanOrEqualTo(5 + letters.length());
  }

  @Test
  void wordsOfTheSetAreSingleTokensAtTheStartAndWithinASentence() {
    List<String> words = new ArrayList<>();
    for (ObjectShape shape : ObjectShape.values()) {
      words.addAll(List.of(" " + shape.word(), " " + shape.plural(), shape.word()));
    }
    for (ObjectColor color : ObjectColor.values()) {
      words.addAll(List.of(" " + color.word(), color.word()));
    }
    words.addAll(QuestionKind.NUMBERS);
    words.addAll(List.of("yes", "no", "What", "Is", "How", " and", " an", " a", "user", "system"));
    TreeSet<Integer> ids = new TreeSet<>();
    for (String word : words) {
      int[] encoded = TOKENIZER.encode(word);
      assertThat(encoded).as("'%s'", word).hasSize(1);
      assertThat(ids.add(encoded[0])).as("'%s' has a token of its own", word).isTrue();
    }
  }

  @Test
  void everyTokenOfTheVocabularyIsUsedByASentenceOrIsAByte() {
    TreeSet<Integer> used = new TreeSet<>();
    for (String text : ShapesTexts.all()) {
      Arrays.stream(TOKENIZER.encode(text)).forEach(used::add);
    }
    assertThat(used.size()).isGreaterThan(40);
    assertThat(used.last()).isLessThan(BpeTrainer.vocabulary(MERGES).size());
  }

  @Property(seed = "1", tries = 60)
  void theOrderOfTextsDoesNotDecideAboutMerges(
      @ForAll @Size(max = 12)
          List<@StringLength(max = 12) @CharRange(from = 'a', to = 'd') String> texts,
      @ForAll long seed) {
    List<String> shuffled = new ArrayList<>(texts);
    Collections.shuffle(shuffled, new Random(seed));
    assertThat(BpeTrainer.train(shuffled)).isEqualTo(BpeTrainer.train(texts));
  }

  @Property(seed = "1", tries = 60)
  void mergesEqualThoseOfCountingByHand(
      @ForAll @Size(min = 1, max = 10)
          List<@StringLength(min = 1, max = 8) @CharRange(from = 'a', to = 'c') String> words) {
    assertThat(BpeTrainer.train(words).stream().map(m -> m.left() + "+" + m.right()))
        .isEqualTo(mergesByHand(words));
  }

  /** Words as lists of tokens; the most frequent pair is joined until none is left. */
  private static List<String> mergesByHand(List<String> texts) {
    List<List<String>> words = new ArrayList<>();
    texts.forEach(text -> words.add(new ArrayList<>(List.of(text.split("", -1)))));
    words.forEach(word -> word.removeIf(String::isEmpty));
    List<String> merges = new ArrayList<>();
    while (true) {
      Map<List<String>, Integer> pairs = new HashMap<>();
      for (List<String> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          pairs.merge(List.of(word.get(i), word.get(i + 1)), 1, Integer::sum);
        }
      }
      List<String> best = List.of();
      for (Map.Entry<List<String>, Integer> pair : pairs.entrySet()) {
        int order = best.isEmpty() ? 1 : pair.getValue() - pairs.get(best);
        if (order == 0) {
          order = best.get(0).compareTo(pair.getKey().get(0));
        }
        if (order == 0) {
          order = best.get(1).compareTo(pair.getKey().get(1));
        }
        best = order > 0 ? pair.getKey() : best;
      }
      if (best.isEmpty()) {
        return merges;
      }
      merges.add(best.get(0) + "+" + best.get(1));
      for (List<String> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          if (word.subList(i, i + 2).equals(best)) {
            word.set(i, word.get(i) + word.remove(i + 1));
          }
        }
      }
    }
  }

  @Property(seed = "1", tries = 25)
  void trainedWordsAreSingleTokensInTheLibrary(
      @ForAll @Size(min = 1, max = 5)
          List<@StringLength(min = 2, max = 6) @CharRange(from = 'e', to = 'm') String> words) {
    List<BpeTrainer.Merge> merges = BpeTrainer.train(words);
    assertThat(BpeTrainer.vocabulary(merges)).containsAll(words);
    try (Tokenizer own =
        Tokenizer.load(
            new TokenizerFiles(
                "random words",
                bytes(ModelFiles.tokenizer(merges)),
                bytes(ModelFiles.tokenizerConfig(merges))))) {
      for (String word : new HashSet<>(words)) {
        assertThat(own.encode(word)).as(word).hasSize(1);
        assertThat(own.decode(own.encode(word), false)).isEqualTo(word);
      }
    }
  }

  @Test
  void theAlphabetHasACharacterOfItsOwnForEachByte() {
    Map<Character, Integer> places = new LinkedHashMap<>();
    String ordered = ByteLevelAlphabet.ordered();
    for (int i = 0; i < ordered.length(); i++) {
      assertThat(places.put(ordered.charAt(i), i)).isNull();
      assertThat(Character.isWhitespace(ordered.charAt(i))).isFalse();
      assertThat(Character.isISOControl(ordered.charAt(i))).isFalse();
    }
    assertThat(places).hasSize(256);
    assertThat(ByteLevelAlphabet.encode("\0 ~\u00ad\u07ff")).hasSize(1 + 1 + 1 + 2 + 2);
    assertThat(ByteLevelAlphabet.encode("a b").chars().mapToObj(c -> (char) c))
        .isSubsetOf(places.keySet());
  }
}
