package io.sparkmm.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Serialized;
import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerFilesTest {
  @TempDir Path folder;

  @Test
  void readsACheckpointFolder() throws IOException {
    Files.write(
        folder.resolve("tokenizer.json"), TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL));
    Files.write(folder.resolve("tokenizer_config.json"), TinyTokenizer.configJson());

    TokenizerFiles files = TokenizerFiles.read(folder);

    assertThat(files.origin()).isEqualTo(folder.toString());
    assertThat(files.fingerprint()).isEqualTo(TinyTokenizer.files().fingerprint());
    assertThat(Tokenizer.shared(files).specialTokens().eos()).hasValue("<|endoftext|>");
  }

  @Test
  void doesWithoutTheConfiguration() throws IOException {
    Files.write(
        folder.resolve("tokenizer.json"), TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL));

    TokenizerFiles files = TokenizerFiles.read(folder);

    assertThat(files.fingerprint())
        .matches("[0-9a-f]{64}")
        .isNotEqualTo(TinyTokenizer.files().fingerprint());
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      assertThat(tokenizer.specialTokens().eos()).isEmpty();
    }
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> TokenizerFiles.read(folder))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot load the tokenizer of "
                + folder
                + ": there is no tokenizer.json; set model_name_or_path to a local checkpoint"
                + " folder that has one")
        .extracting("kind")
        .isEqualTo(DataException.Kind.CHECKPOINT);
    assertThatThrownBy(() -> TokenizerFiles.read(folder.resolve("none")))
        .hasMessageContaining("there is no tokenizer.json");
  }

  @Test
  void travelsToWorkers() {
    TokenizerFiles copy = Serialized.copyOf(TinyTokenizer.files());

    assertThat(copy.fingerprint()).isEqualTo(TinyTokenizer.files().fingerprint());
    assertThat(Tokenizer.shared(copy)).isSameAs(TinyTokenizer.shared());
  }

  @Test
  void cannotBeChangedFromOutside() {
    byte[] json = TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL);
    TokenizerFiles files = new TokenizerFiles("a", json, new byte[0]);
    json[0] = 'x';

    assertThat(files.tokenizerJson()[0]).isEqualTo((byte) '{');
  }
}
