package io.sparkmm.data.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.fixture.Pictures;
import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LlavaLikeSetTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void writesRecordsWhosePicturesExist() throws IOException {
    LlavaLikeSet set = LlavaLikeSet.make(folder.resolve("set"), plan(300, 7));

    JsonNode records = MAPPER.readTree(set.records().toFile());
    assertThat(records).hasSize(300);
    Set<String> used = new HashSet<>();
    for (JsonNode record : records) {
      used.add(record.get("image").asText());
      assertThat(set.pictures().resolve(record.get("image").asText())).exists();
      JsonNode messages = record.get("conversations");
      assertThat(messages.size()).isEven();
      assertThat(messages.get(0).get("value").asText()).startsWith("<image>\n").endsWith("?");
      for (int i = 0; i < messages.size(); i++) {
        assertThat(messages.get(i).get("from").asText()).isEqualTo(i % 2 == 0 ? "human" : "gpt");
      }
    }
    assertThat(used).hasSize(7);
  }

  @Test
  void hasTheProportionsOfTheRealSet() throws IOException {
    LlavaLikeSet set = LlavaLikeSet.make(folder.resolve("set"), plan(3000, 1));

    int conversations = 0;
    for (JsonNode record : MAPPER.readTree(set.records().toFile())) {
      conversations += record.get("conversations").size() > 2 ? 1 : 0;
    }
    assertThat(conversations / 3000.0).isBetween(0.33, 0.41);
  }

  @Test
  void isAFunctionOfTheSeed() throws IOException {
    LlavaLikeSet first = LlavaLikeSet.make(folder.resolve("first"), plan(50, 2));
    LlavaLikeSet second = LlavaLikeSet.make(folder.resolve("second"), plan(50, 2));

    assertThat(second.records()).hasSameBinaryContentAs(first.records());
  }

  @Test
  void writesSettingsThatAreValid() throws IOException {
    LlavaLikeSet set = LlavaLikeSet.make(folder.resolve("set"), plan(1, 1));

    DataConfig config = ConfigLoader.loadData(set.dataJson());
    assertThat(config.datasetParam().basicParameters().dataset())
        .containsExactly(set.records().toString());
  }

  @Test
  void drawsFrequentWordsMoreOften() throws IOException {
    VocabularyWords words = VocabularyWords.read(model().resolve("tokenizer.json"));

    assertThat(words.size()).isEqualTo(26 * 26 * 2);
    assertThat(words.pick(0)).isEqualTo("aaa");
    assertThat(words.pick(Math.nextDown(1.0))).isEqualTo("zzb");
    assertThat(words.pick(0.05)).isEqualTo("aaa");
  }

  @Test
  void refusesFoldersWithoutPhotosAndVocabulariesWithoutWords() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertThatThrownBy(
            () ->
                LlavaLikeSet.make(
                    folder.resolve("set"), new LlavaLikeSet.Plan(1, 1, empty, model(), 0)))
        .isInstanceOf(DataException.class)
        .hasMessage("Cannot use the photos of " + empty + ": there is no .jpg, .jpeg or .png file");
    Files.writeString(
        empty.resolve("tokenizer.json"), "{\"model\": {\"vocab\": {\"\u0120the\": 1}}}");
    assertThatThrownBy(() -> VocabularyWords.read(empty.resolve("tokenizer.json")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it has 1 words, a byte-level vocabulary with at least 1000");
  }

  private LlavaLikeSet.Plan plan(int records, int pictures) throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos"));
    Files.write(photos.resolve("a.jpg"), Pictures.jpeg(8, 6));
    return new LlavaLikeSet.Plan(records, pictures, photos, model(), 3);
  }

  /** A vocabulary of all words "xya" and "xyb", and of tokens that are no words. */
  private Path model() throws IOException {
    ObjectNode root = MAPPER.createObjectNode();
    ObjectNode vocabulary = root.putObject("model").putObject("vocab");
    vocabulary.put("!", 0).put("\u0120The", 1).put("the", 2).put("\u0120", 3);
    for (char last : new char[] {'a', 'b'}) {
      for (char first = 'a'; first <= 'z'; first++) {
        for (char second = 'a'; second <= 'z'; second++) {
          vocabulary.put("\u0120" + first + second + last, vocabulary.size());
        }
      }
    }
    Path model = Files.createDirectories(folder.resolve("model"));
    MAPPER.writeValue(model.resolve("tokenizer.json").toFile(), root);
    return model;
  }
}
