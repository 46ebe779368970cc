package io.sparkmm.data.tokenizer;

import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * The files of a checkpoint folder that make its tokenizer, read into memory so that a job can send
 * them to its workers.
 */
public final class TokenizerFiles implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The file with vocabulary, merges and added tokens; has to exist. */
  public static final String TOKENIZER_JSON = "tokenizer.json";

  /** The file with the names of the special tokens; may be missing. */
  public static final String TOKENIZER_CONFIG_JSON = "tokenizer_config.json";

  /** The pattern by which tokenizers of the Qwen2 family cut texts, as their file has it. */
  public static final String QWEN2_PATTERN =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private final String origin;
  private final byte[] tokenizerJson;
  private final byte[] tokenizerConfigJson;
  private final String fingerprint;

  /**
   * Files that somebody else has read.
   *
   * @param origin where they come from, for messages
   * @param tokenizerJson content of {@code tokenizer.json}
   * @param tokenizerConfigJson content of {@code tokenizer_config.json}, empty when there is none
   */
  public TokenizerFiles(String origin, byte[] tokenizerJson, byte[] tokenizerConfigJson) {
    this.origin = Objects.requireNonNull(origin, "origin");
    this.tokenizerJson = tokenizerJson.clone();
    this.tokenizerConfigJson = tokenizerConfigJson.clone();
    this.fingerprint = sha256(this.tokenizerJson, this.tokenizerConfigJson);
  }

  /**
   * Reads the files of a checkpoint folder.
   *
   * @throws DataException of kind {@code CHECKPOINT} if {@code tokenizer.json} is missing or a file
   *     cannot be read
   */
  public static TokenizerFiles read(Path folder) {
    Path tokenizer = folder.resolve(TOKENIZER_JSON);
    if (!Files.isRegularFile(tokenizer)) {
      throw new DataException(
          DataException.Kind.CHECKPOINT,
          "Cannot load the tokenizer of "
              + folder
              + ": there is no "
              + TOKENIZER_JSON
              + "; set model_name_or_path to a local checkpoint folder that has one");
    }
    Path config = folder.resolve(TOKENIZER_CONFIG_JSON);
    try {
      return new TokenizerFiles(
          folder.toString(),
          Files.readAllBytes(tokenizer),
          Files.isRegularFile(config) ? Files.readAllBytes(config) : new byte[0]);
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.CHECKPOINT,
          "Cannot load the tokenizer of " + folder + ": " + e.getMessage(),
          e);
    }
  }

  /** Where the files come from. */
  public String origin() {
    return origin;
  }

  /** SHA-256 over both files as lower case hexadecimal digits; names what made a data set. */
  public String fingerprint() {
    return fingerprint;
  }

  byte[] tokenizerJson() {
    return tokenizerJson;
  }

  byte[] tokenizerConfigJson() {
    return tokenizerConfigJson;
  }

  private static String sha256(byte[] first, byte[] second) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(first);
      digest.update(second);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Cannot compute a fingerprint: no SHA-256 in this JVM", e);
    }
  }
}
