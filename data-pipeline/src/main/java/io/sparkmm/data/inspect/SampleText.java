package io.sparkmm.data.inspect;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Shows samples as text. Supervised parts stand between {@code [[} and {@code ]]}; a token that is
 * repeated more than three times is written once, with its count. Both answers of a pair are shown
 * with their prompt; the records of a packed row are listed before its tokens.
 */
public final class SampleText {
  private static final int SHORTEST_RUN = 4;

  private final Optional<Tokenizer> tokenizer;

  /** With a tokenizer, tokens are shown as text, else as numbers. */
  public SampleText(Optional<Tokenizer> tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The sample in several lines. */
  public String of(EncodedSample sample) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %,d tokens, %,d supervised\n",
            sample.id(),
            sample.inputIds().length,
            sample.labelCount()));
    for (EncodedImage image : sample.images()) {
      text.append(
          String.format(
              Locale.ROOT,
              "picture %s: %dx%d, grid %d,%d,%d%s\n",
              image.path(),
              image.width(),
              image.height(),
              image.gridT(),
              image.gridH(),
              image.gridW(),
              image.bytes().map(bytes -> ", embedded, " + bytes.length + " bytes").orElse("")));
    }
    int start = 0;
    for (PackedSegment segment : sample.segments()) {
      text.append(
          String.format(
              Locale.ROOT,
              "record %s: tokens %,d to %,d, pictures %,d\n",
              segment.id(),
              start,
              start + segment.length() - 1,
              segment.images()));
      start += segment.length();
    }
    if (sample.rejected().isEmpty()) {
      return append(text, sample.row()).append('\n').toString();
    }
    TokenRow rejected = sample.rejected().get();
    append(text.append("chosen:\n"), sample.row());
    text.append(
        String.format(
            Locale.ROOT,
            "\nrejected: %,d tokens, %,d supervised\n",
            rejected.length(),
            rejected.labelCount()));
    return append(text, rejected).append('\n').toString();
  }

  private StringBuilder append(StringBuilder text, TokenRow row) {
    int position = 0;
    for (LabelSpan span : row.labelSpans()) {
      append(text, row.inputIds(), position, span.start());
      append(text.append("[["), row.inputIds(), span.start(), span.end());
      text.append("]]");
      position = span.end();
    }
    append(text, row.inputIds(), position, row.length());
    return text;
  }

  private void append(StringBuilder text, int[] ids, int from, int to) {
    int plain = from;
    int at = from;
    while (at < to) {
      int end = at;
      while (end < to && ids[end] == ids[at]) {
        end++;
      }
      if (end - at >= SHORTEST_RUN) {
        text.append(decode(ids, plain, at + 1)).append("*").append(end - at);
        plain = end;
      }
      at = end;
    }
    text.append(decode(ids, plain, to));
  }

  private String decode(int[] ids, int from, int to) {
    int[] part = Arrays.copyOfRange(ids, from, to);
    return tokenizer.map(known -> known.decode(part, false)).orElseGet(() -> numbers(part));
  }

  private static String numbers(int[] ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(' ').append(id);
    }
    return text.toString();
  }
}
