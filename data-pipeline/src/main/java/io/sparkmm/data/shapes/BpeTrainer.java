package io.sparkmm.data.shapes;

import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns the merges of a byte-level BPE tokenizer (Sennrich, Haddow and Birch, 2016): again and
 * again the most frequent pair of neighbours becomes one token, until each word of the texts is a
 * single token. Of equally frequent pairs the smaller one wins, compared as text, so the result is
 * a function of the texts alone.
 */
final class BpeTrainer {
  private static final Pattern SPLIT = Pattern.compile(TokenizerFiles.QWEN2_PATTERN);

  /** Two neighbouring tokens that become one. */
  record Merge(String left, String right) {
    String merged() {
      return left + right;
    }
  }

  private static final Comparator<Map.Entry<Merge, Long>> BEST =
      Map.Entry.<Merge, Long>comparingByValue()
          .thenComparing(entry -> entry.getKey().left(), Comparator.reverseOrder())
          .thenComparing(entry -> entry.getKey().right(), Comparator.reverseOrder());

  private BpeTrainer() {}

  /**
   * The merges, in the order in which they were learned and are to be applied.
   *
   * @param texts the texts to learn from; how often a word occurs decides the order
   */
  static List<Merge> train(Iterable<String> texts) {
    Map<String, Long> counts = new TreeMap<>();
    for (String text : texts) {
      Matcher matcher = SPLIT.matcher(text);
      while (matcher.find()) {
        counts.merge(ByteLevelAlphabet.encode(matcher.group()), 1L, Long::sum);
      }
    }
    Map<List<String>, Long> words = new LinkedHashMap<>();
    counts.forEach(
        (word, count) ->
            words.put(word.codePoints().mapToObj(Character::toString).toList(), count));
    return learn(words);
  }

  /** The vocabulary that merges make: the 256 bytes, then each new token once. */
  static Set<String> vocabulary(List<Merge> merges) {
    Set<String> vocabulary = new LinkedHashSet<>();
    ByteLevelAlphabet.ordered().codePoints().mapToObj(Character::toString).forEach(vocabulary::add);
    merges.forEach(merge -> vocabulary.add(merge.merged()));
    return vocabulary;
  }

  private static List<Merge> learn(Map<List<String>, Long> words) {
    Map<List<String>, Long> current = words;
    List<Merge> merges = new ArrayList<>();
    while (true) {
      Map<Merge, Long> pairs = new LinkedHashMap<>();
      current.forEach(
          (word, count) -> {
            for (int i = 1; i < word.size(); i++) {
              pairs.merge(new Merge(word.get(i - 1), word.get(i)), count, Long::sum);
            }
          });
      if (pairs.isEmpty()) {
        return merges;
      }
      Merge best = pairs.entrySet().stream().max(BEST).orElseThrow().getKey();
      merges.add(best);
      Map<List<String>, Long> next = new LinkedHashMap<>();
      current.forEach((word, count) -> next.put(apply(best, word), count));
      current = next;
    }
  }

  private static List<String> apply(Merge merge, List<String> word) {
    List<String> applied = new ArrayList<>(word.size());
    for (int i = 0; i < word.size(); i++) {
      boolean pair =
          i + 1 < word.size()
              && word.get(i).equals(merge.left())
              && word.get(i + 1).equals(merge.right());
      if (pair) {
        applied.add(merge.merged());
        i++;
      } else {
        applied.add(word.get(i));
      }
    }
    return applied;
  }
}
