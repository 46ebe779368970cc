package io.sparkmm.data.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * English-looking words out of a byte-level vocabulary. Its merges were learnt in the order of
 * frequency, so the words come with the frequent ones first, and drawing them by Zipf's law gives
 * texts that are about as hard to tokenize as real ones.
 */
final class VocabularyWords {
  /** How byte-level vocabularies write the blank before a word. */
  private static final char BLANK = '\u0120';

  private static final int MIN_WORDS = 1000;

  private final List<String> words;
  private final double[] cumulative;

  private VocabularyWords(List<String> words) {
    this.words = words;
    this.cumulative = new double[words.size()];
    double sum = 0;
    for (int rank = 0; rank < cumulative.length; rank++) {
      // Mandelbrot's form of the law; the shift flattens the first ranks as real texts do.
      sum += 1 / (rank + 2.7);
      cumulative[rank] = sum;
    }
  }

  /**
   * Reads the words of {@code tokenizer.json}.
   *
   * @throws DataException of kind {@code CHECKPOINT} if the file has too few words of this kind
   */
  static VocabularyWords read(Path tokenizerJson) {
    record Entry(String word, int id) {}
    List<Entry> found = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(tokenizerJson.toFile())) {
      boolean vocabulary = false;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.START_OBJECT) {
          vocabulary = "vocab".equals(parser.currentName());
        } else if (token == JsonToken.END_OBJECT) {
          vocabulary = false;
        } else if (vocabulary && token == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          int id = parser.nextIntValue(-1);
          if (isWord(name)) {
            found.add(new Entry(name.substring(1), id));
          }
        }
      }
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.CHECKPOINT, "Cannot read " + tokenizerJson + ": " + e.getMessage(), e);
    }
    if (found.size() < MIN_WORDS) {
      throw new DataException(
          DataException.Kind.CHECKPOINT,
          "Cannot make texts of the vocabulary of "
              + tokenizerJson
              + ": it has "
              + found.size()
              + " words, a byte-level vocabulary with at least "
              + MIN_WORDS
              + " is needed, such as that of Qwen2");
    }
    found.sort(Comparator.comparingInt(Entry::id));
    return new VocabularyWords(found.stream().map(Entry::word).toList());
  }

  private static boolean isWord(String token) {
    if (token.length() < 2 || token.charAt(0) != BLANK) {
      return false;
    }
    for (int i = 1; i < token.length(); i++) {
      if (token.charAt(i) < 'a' || token.charAt(i) > 'z') {
        return false;
      }
    }
    return true;
  }

  /** Number of different words. */
  int size() {
    return words.size();
  }

  /** A word; {@code uniform} in {@code [0, 1)} chooses it. */
  String pick(double uniform) {
    double wanted = uniform * cumulative[cumulative.length - 1];
    int low = 0;
    int high = cumulative.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (cumulative[middle] > wanted) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return words.get(low);
  }
}
