package io.sparkmm.data.inspect;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The tokenizer by which tokens are shown as text.
 *
 * @param tokenizer the tokenizer; empty when tokens can be shown as numbers only
 * @param explanation where it is from, or why there is none
 */
public record TokenizerChoice(Optional<Tokenizer> tokenizer, String explanation)
    implements AutoCloseable {
  /** The setting that names the folder at preparation. */
  public static final String RECORDED_FOLDER = "model_name_or_path";

  public TokenizerChoice {
    Objects.requireNonNull(tokenizer, "tokenizer");
    Objects.requireNonNull(explanation, "explanation");
  }

  /**
   * The tokenizer of a folder that a user names.
   *
   * @throws DataException of kind {@code CHECKPOINT} if it cannot be loaded, or is another than the
   *     data set was prepared with
   */
  public static TokenizerChoice of(Path folder, ShardManifest manifest) {
    TokenizerFiles files = TokenizerFiles.read(folder);
    if (!files.fingerprint().equals(manifest.origin().tokenizerFingerprint())) {
      throw new DataException(
          DataException.Kind.CHECKPOINT,
          "Cannot show tokens with the tokenizer of "
              + folder
              + ": "
              + difference(files, manifest)
              + "; name the folder of the tokenizer that prepare has used");
    }
    return new TokenizerChoice(Optional.of(Tokenizer.load(files)), "tokenizer of " + folder);
  }

  /** The tokenizer of the folder that the manifest names, if that is still the same. */
  public static TokenizerChoice recorded(ShardManifest manifest) {
    String recorded = manifest.origin().configuration().get(RECORDED_FOLDER);
    if (recorded == null) {
      return none("the manifest does not name the tokenizer's folder");
    }
    TokenizerFiles files;
    try {
      files = TokenizerFiles.read(Path.of(recorded));
    } catch (InvalidPathException e) {
      return none("the folder that the manifest names, " + recorded + ", is no path here");
    } catch (DataException e) {
      return none("the folder that the manifest names has no tokenizer now: " + e.getMessage());
    }
    if (!files.fingerprint().equals(manifest.origin().tokenizerFingerprint())) {
      return none(recorded + " has changed since the preparation: " + difference(files, manifest));
    }
    return new TokenizerChoice(
        Optional.of(Tokenizer.load(files)), "tokenizer of " + recorded + ", as recorded");
  }

  /** No tokenizer. */
  public static TokenizerChoice none(String reason) {
    return new TokenizerChoice(Optional.empty(), "tokens are numbers: " + reason);
  }

  private static String difference(TokenizerFiles files, ShardManifest manifest) {
    return "its fingerprint is "
        + files.fingerprint()
        + ", the data set was prepared with "
        + manifest.origin().tokenizerFingerprint();
  }

  /** Frees the tokenizer. */
  @Override
  public void close() {
    tokenizer.ifPresent(Tokenizer::close);
  }
}
