package io.sparkmm.data.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.sparkmm.data.sample.DataException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A checkpoint's tokenizer, exactly as its {@code tokenizer.json} says: nothing is added, cut or
 * padded. A special token that stands in a text literally, such as {@code <|im_end|>}, becomes its
 * one id.
 *
 * <p>Thread-safe; the native part is made on first use, and {@link #shared} makes it once per JVM.
 */
public final class Tokenizer implements AutoCloseable {
  private static final Map<String, Tokenizer> SHARED = new ConcurrentHashMap<>();

  private final HuggingFaceTokenizer nativeTokenizer;
  private final SpecialTokens specialTokens;
  private final String fingerprint;
  private final String origin;
  private final Optional<PieceTokenizer> pieces;

  private Tokenizer(TokenizerFiles files) {
    this.origin = files.origin();
    this.fingerprint = files.fingerprint();
    this.specialTokens = SpecialTokens.read(files);
    try {
      this.nativeTokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(files.tokenizerJson()),
              // All three are on by default and would change the ids.
              Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
      this.pieces =
          PieceRules.read(files.tokenizerJson())
              .map(rules -> new PieceTokenizer(rules, this::encodeNatively));
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          DataException.Kind.CHECKPOINT,
          "Cannot load the tokenizer of " + origin + ": " + e.getMessage(),
          e);
    }
  }

  /**
   * The tokenizer of a checkpoint folder; the caller closes it.
   *
   * @throws DataException of kind {@code CHECKPOINT} if a file is missing or damaged
   */
  public static Tokenizer load(Path folder) {
    return new Tokenizer(TokenizerFiles.read(folder));
  }

  /** The tokenizer of these files; the caller closes it. */
  public static Tokenizer load(TokenizerFiles files) {
    return new Tokenizer(files);
  }

  /** The tokenizer of these files, made once per JVM; it lives as long as the JVM. */
  public static Tokenizer shared(TokenizerFiles files) {
    return SHARED.computeIfAbsent(files.fingerprint(), key -> new Tokenizer(files));
  }

  /**
   * The ids of a text.
   *
   * @throws DataException of kind {@code SOURCE} if the native tokenizer refuses the text
   */
  public int[] encode(String text) {
    if (text.isEmpty()) {
      return new int[0];
    }
    return pieces.flatMap(known -> known.encode(text)).orElseGet(() -> encodeNatively(text));
  }

  /** The ids as the native tokenizer alone gives them, which are the same but take longer. */
  int[] encodeNatively(String text) {
    long[] ids;
    try {
      ids = nativeTokenizer.encode(text, false, false).getIds();
    } catch (RuntimeException e) {
      throw new DataException(
          DataException.Kind.SOURCE,
          "Cannot tokenize a text of " + text.length() + " characters: " + e.getMessage(),
          e);
    }
    int[] narrow = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      narrow[i] = Math.toIntExact(ids[i]);
    }
    return narrow;
  }

  /**
   * The text of ids.
   *
   * @param ids token ids
   * @param skipSpecialTokens whether tokens that are marked special are left out
   */
  public String decode(int[] ids, boolean skipSpecialTokens) {
    if (ids.length == 0) {
      return "";
    }
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = ids[i];
    }
    return nativeTokenizer.decode(wide, skipSpecialTokens);
  }

  /**
   * The id of a token that the text is searched for, such as {@code <|im_end|>}.
   *
   * @throws DataException of kind {@code CHECKPOINT} if the tokenizer has no such token
   */
  public int specialId(String token) {
    return specialTokens
        .id(token)
        .orElseThrow(
            () ->
                new DataException(
                    DataException.Kind.CHECKPOINT,
                    "Cannot use the tokenizer of "
                        + origin
                        + ": it has no special token "
                        + token
                        + "; take the tokenizer of a model of the template's family"));
  }

  /** The added tokens and their roles. */
  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  /** SHA-256 of the files; see {@link TokenizerFiles#fingerprint()}. */
  public String fingerprint() {
    return fingerprint;
  }

  /** Frees the native part. A {@link #shared} tokenizer must not be closed. */
  @Override
  public void close() {
    nativeTokenizer.close();
  }
}
