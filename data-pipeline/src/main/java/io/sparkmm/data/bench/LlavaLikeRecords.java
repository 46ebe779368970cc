package io.sparkmm.data.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Records with the proportions of LLaVA-Instruct-150K: of 158 records 58 are conversations of
 * several short exchanges, 23 long descriptions and 77 answers with reasoning. Record i is a
 * function of the seed and i.
 */
final class LlavaLikeRecords {
  private static final int CONVERSATIONS = 58;
  private static final int DESCRIPTIONS = 23;
  private static final int ALL = 158;

  /** Share of words that no vocabulary holds whole: names, compounds, slips. */
  private static final double RARE_WORDS = 0.02;

  private final VocabularyWords words;
  private final List<String> pictures;
  private final long seed;

  LlavaLikeRecords(VocabularyWords words, List<String> pictures, long seed) {
    this.words = words;
    this.pictures = List.copyOf(pictures);
    this.seed = seed;
  }

  /** A record as LLaVA files hold it. */
  ObjectNode record(long number) {
    SplittableRandom random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + number);
    ObjectNode record = JsonNodeFactory.instance.objectNode();
    record.put("id", String.format(Locale.ROOT, "%012d", number));
    record.put("image", pictures.get((int) (number % pictures.size())));
    ArrayNode messages = record.putArray("conversations");
    int kind = random.nextInt(ALL);
    if (kind < CONVERSATIONS) {
      int exchanges = random.nextInt(3, 7);
      for (int i = 0; i < exchanges; i++) {
        exchange(messages, i == 0, sentence(random, 7, 14), text(random, 10, 30));
      }
    } else if (kind < CONVERSATIONS + DESCRIPTIONS) {
      exchange(messages, true, sentence(random, 6, 14), text(random, 70, 130));
    } else {
      exchange(messages, true, sentence(random, 10, 24), text(random, 80, 150));
    }
    return record;
  }

  private static void exchange(ArrayNode messages, boolean picture, String ask, String answer) {
    String question = ask.substring(0, ask.length() - 1) + "?";
    messages
        .addObject()
        .put("from", "human")
        .put("value", picture ? "<image>\n" + question : question);
    messages.addObject().put("from", "gpt").put("value", answer);
  }

  /** Sentences with about this many words in all. */
  private String text(SplittableRandom random, int least, int most) {
    int left = random.nextInt(least, most);
    StringBuilder text = new StringBuilder();
    while (left > 0) {
      int length = Math.min(left, random.nextInt(8, 24));
      text.append(text.length() == 0 ? "" : random.nextInt(12) == 0 ? "\n\n" : " ");
      text.append(sentence(random, length, length + 1));
      left -= length;
    }
    return text.toString();
  }

  private String sentence(SplittableRandom random, int least, int most) {
    int length = random.nextInt(least, most);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      String word = word(random);
      text.append(i == 0 ? capital(word) : word);
      if (i + 1 < length) {
        text.append(random.nextInt(11) == 0 ? ", " : " ");
      }
    }
    return text.append('.').toString();
  }

  private String word(SplittableRandom random) {
    String word = words.pick(random.nextDouble());
    double kind = random.nextDouble();
    if (kind < RARE_WORDS) {
      return word + words.pick(random.nextDouble());
    }
    if (kind < 2 * RARE_WORDS) {
      return Integer.toString(random.nextInt(200));
    }
    return kind < 3 * RARE_WORDS ? word + "'s" : word;
  }

  private static String capital(String word) {
    return Character.toUpperCase(word.charAt(0)) + word.substring(1);
  }
}
