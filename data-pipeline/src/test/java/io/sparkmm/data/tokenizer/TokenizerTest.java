package io.sparkmm.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.sample.DataException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TokenizerTest {
  private final Tokenizer tiny = TinyTokenizer.shared();

  @Test
  void makesOneIdOfASpecialTokenInTheText() {
    assertThat(tiny.encode("a<|im_end|>\n<|image_pad|><|im_end"))
        .containsExactly('a', 258, '\n', 262, '<', '|', 'i', 'm', '_', 'e', 'n', 'd');
  }

  @Test
  void addsNothingToTheText() {
    assertThat(tiny.encode("")).isEmpty();
    assertThat(tiny.encode("x")).containsExactly('x');
  }

  @Test
  void cutsNothing() {
    assertThat(tiny.encode("x".repeat(20_000))).hasSize(20_000);
  }

  @Property(seed = "1", tries = 300)
  void keepsEveryByteOfAText(@ForAll String text) {
    // The tokenizer normalises, as that of Qwen does.
    String normal = Normalizer.normalize(text, Normalizer.Form.NFC);
    if (normal.chars().anyMatch(c -> Character.isSurrogate((char) c))) {
      return;
    }
    int[] ids = tiny.encode(text);
    String decoded = tiny.decode(ids, false);

    // Its table of combining marks is older than the JDK's: their order may differ (U+09FE, say).
    assertThat(Normalizer.normalize(decoded, Normalizer.Form.NFC)).isEqualTo(normal);
    byte[] bytes = decoded.getBytes(StandardCharsets.UTF_8);
    assertThat(ids).hasSize(bytes.length);
    for (int i = 0; i < ids.length; i++) {
      assertThat(ids[i]).isEqualTo(bytes[i] & 0xff);
    }
  }

  @Test
  void keepsZeroBytesAndCharactersBeyondTheBasicPlane() {
    assertThat(tiny.encode("\0😀")).containsExactly(0, 0xf0, 0x9f, 0x98, 0x80);
  }

  @Test
  void decodesWithAndWithoutSpecialTokens() {
    int[] ids = tiny.encode("<|im_start|>user\nHi<|im_end|>\n");

    assertThat(tiny.decode(ids, false)).isEqualTo("<|im_start|>user\nHi<|im_end|>\n");
    assertThat(tiny.decode(ids, true)).isEqualTo("user\nHi\n");
    assertThat(tiny.decode(new int[0], false)).isEmpty();
  }

  @Test
  void looksUpSpecialTokens() {
    assertThat(tiny.specialId("<|endoftext|>")).isEqualTo(256);
    assertThatThrownBy(() -> tiny.specialId("<|none|>"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot use the tokenizer of the tiny tokenizer: it has no special token <|none|>; take"
                + " the tokenizer of a model of the template's family");
  }

  @Test
  void isMadeOncePerFiles() {
    assertThat(Tokenizer.shared(TinyTokenizer.files())).isSameAs(tiny);
    assertThat(tiny.fingerprint()).isEqualTo(TinyTokenizer.files().fingerprint());
  }

  @Test
  void refusesAFileThatIsNoTokenizer() {
    TokenizerFiles files =
        new TokenizerFiles(
            "a folder", "{\"model\": {}}".getBytes(StandardCharsets.UTF_8), new byte[0]);

    assertThatThrownBy(() -> Tokenizer.load(files))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot load the tokenizer of a folder: ")
        .extracting("kind")
        .isEqualTo(DataException.Kind.CHECKPOINT);
  }

  @Test
  void isSafeToShareBetweenThreads() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<int[]>> futures = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String text = "text " + i + "<|im_end|>";
        futures.add(pool.submit(() -> tiny.encode(text)));
      }
      for (int i = 0; i < futures.size(); i++) {
        assertThat(tiny.decode(futures.get(i).get(), true)).isEqualTo("text " + i);
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void closesItsNativePart() {
    try (Tokenizer own = Tokenizer.load(TinyTokenizer.files())) {
      assertThat(own.encode("ab")).containsExactly('a', 'b');
      assertThat(own).isNotSameAs(tiny);
    }
  }

  @Test
  void readsTheRealQwenTokenizer() {
    Tokenizer qwen =
        Tokenizer.shared(TokenizerFiles.read(TestFiles.sharedData().resolve("qwen_tokenizer")));

    assertThat(qwen.specialTokens().added())
        .containsEntry("<|endoftext|>", 151_643)
        .containsEntry("<|im_start|>", 151_644)
        .containsEntry("<|im_end|>", 151_645)
        .containsEntry("<|vision_start|>", 151_652)
        .containsEntry("<|vision_end|>", 151_653)
        .containsEntry("<|vision_pad|>", 151_654)
        .containsEntry("<|image_pad|>", 151_655)
        .containsEntry("<|video_pad|>", 151_656);
    assertThat(qwen.specialTokens().eos()).hasValue("<|im_end|>");
    assertThat(qwen.specialTokens().pad()).hasValue("<|endoftext|>");
    assertThat(qwen.specialTokens().bos()).isEmpty();
    assertThat(qwen.specialTokens().vocabularySize()).isEqualTo(151_669);
    assertThat(qwen.encode("<|im_start|>user\nHi<|im_end|>\n"))
        .containsExactly(151_644, 872, 198, 13_048, 151_645, 198);
  }
}
