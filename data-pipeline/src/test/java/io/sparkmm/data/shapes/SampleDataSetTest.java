package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.TestShards;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleDataSetTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int PICTURES = 70;
  private static final int HELD_OUT = 12;

  @TempDir static Path folder;
  private static Path output;

  @BeforeAll
  static void draw() {
    output = draw("set", 5, 2);
  }

  private static Path draw(String name, long seed, int threads) {
    Path target = folder.resolve(name);
    SampleDataSet.write(
        new SampleDataSettings(target, PICTURES, HELD_OUT, 90, seed), threads, count -> {});
    return target;
  }

  private static JsonNode json(String file) throws IOException {
    return MAPPER.readTree(output.resolve(file).toFile());
  }

  @Test
  void aSeedDecidesEveryByte() throws IOException {
    assertThat(TestShards.tree(draw("again", 5, 1))).isEqualTo(TestShards.tree(output));
    Map<String, String> other = TestShards.tree(draw("other", 6, 2));
    assertThat(other.keySet()).isEqualTo(TestShards.tree(output).keySet());
    assertThat(other.get("llava_train.json"))
        .isNotEqualTo(TestShards.tree(output).get("llava_train.json"));
    assertThat(other.get("model/tokenizer.json"))
        .isEqualTo(TestShards.tree(output).get("model/tokenizer.json"));
  }

  @Test
  void aLargerSetBeginsWithTheSameScenes() throws IOException {
    Path larger = folder.resolve("larger");
    AtomicLong drawn = new AtomicLong();
    SampleDataSet.write(new SampleDataSettings(larger, 100, 3, 0, 5), 2, drawn::addAndGet);
    assertThat(drawn).hasValue(103);
    for (String file : List.of("images/train/00000069.png", "images/heldout/00000002.png")) {
      assertThat(larger.resolve(file)).hasSameBinaryContentAs(output.resolve(file));
    }
    assertThat(larger.resolve("preferences.jsonl")).isEmptyFile();
  }

  @Test
  void conversationsAreOfTheLlavaLayout() throws IOException {
    JsonNode records = json("llava_train.json");
    assertThat(records).hasSize(PICTURES);
    for (JsonNode record : records) {
      assertThat(output.resolve("images/train").resolve(record.get("image").asText())).exists();
      JsonNode turns = record.get("conversations");
      assertThat(turns.size() % 2).isZero();
      for (int i = 0; i < turns.size(); i++) {
        assertThat(turns.get(i).get("from").asText()).isEqualTo(i % 2 == 0 ? "human" : "gpt");
        assertThat(turns.get(i).get("value").asText().startsWith("<image>\n")).isEqualTo(i == 0);
      }
    }
  }

  @Test
  void answersAgreeWithTheAnnotations() throws IOException {
    JsonNode annotations = json("annotations/instances_train.json");
    Map<Integer, String> categories = new HashMap<>();
    annotations
        .get("categories")
        .forEach(node -> categories.put(node.get("id").asInt(), node.get("name").asText()));
    assertThat(categories).hasSize(24);
    int checked = 0;
    for (JsonNode record : json("llava_train.json")) {
      int image = Integer.parseInt(record.get("id").asText());
      List<String> objects =
          Stream.of(MAPPER.convertValue(annotations.get("annotations"), JsonNode[].class))
              .filter(node -> node.get("image_id").asInt() == image)
              .map(node -> categories.get(node.get("category_id").asInt()))
              .toList();
      JsonNode turns = record.get("conversations");
      for (int i = 0; i < turns.size(); i += 2) {
        String question = turns.get(i).get("value").asText().replace("<image>\n", "");
        checked += agrees(question, turns.get(i + 1).get("value").asText(), objects);
      }
    }
    assertThat(checked).isGreaterThan(2 * PICTURES);
  }

  private static int agrees(String question, String answer, List<String> objects) {
    String[] words = question.replace("?", "").split(" ", -1);
    String last = words[words.length - 1];
    if (question.startsWith("How many")) {
      String shape = words[2].substring(0, words[2].length() - 1);
      long count = objects.stream().filter(object -> object.endsWith(shape)).count();
      assertThat(answer).isEqualTo(List.of("zero", "one", "two", "three").get((int) count));
    } else if (question.startsWith("Is there")) {
      boolean there = objects.contains(words[3] + " " + last);
      assertThat(answer).isEqualTo(there ? "yes" : "no");
    } else if (question.startsWith("What colour")) {
      assertThat(objects)
          .filteredOn(object -> object.endsWith(last))
          .containsExactly(answer + " " + last);
    } else if (question.startsWith("What shape")) {
      assertThat(objects)
          .filteredOn(object -> object.startsWith(words[4]))
          .containsExactly(words[4] + " " + answer);
    } else {
      assertThat(answer.replaceAll("\\ban? ", "").split(" and ", -1))
          .containsExactlyInAnyOrderElementsOf(objects);
    }
    return 1;
  }

  @Test
  void heldOutQuestionsNameTheirPicture() throws IOException {
    JsonNode records = json("heldout.json");
    assertThat(records.size()).isBetween(3 * HELD_OUT, 5 * HELD_OUT);
    for (JsonNode record : records) {
      assertThat(record.fieldNames())
          .toIterable()
          .containsExactly("id", "image", "kind", "question", "answer");
      assertThat(output.resolve(record.get("image").asText())).exists();
      assertThat(record.get("id").asText()).endsWith("-" + record.get("kind").asText());
    }
  }

  @Test
  void preferencesAreOfTheRlhfVLayout() throws IOException {
    List<String> lines = Files.readAllLines(output.resolve("preferences.jsonl"));
    assertThat(lines).hasSize(90);
    JsonNode row = MAPPER.readTree(lines.get(71));
    assertThat(row.fieldNames())
        .toIterable()
        .containsExactly(
            "ds_name", "image", "text", "origin_dataset", "origin_split", "idx", "image_path");
    assertThat(row.get("idx").asInt()).isEqualTo(71);
    assertThat(row.get("image").asText()).isEqualTo("00000001.png");
    assertThat(MAPPER.readTree(row.get("text").asText()).fieldNames())
        .toIterable()
        .containsExactly("question", "chosen", "rejected");
  }

  @Test
  void everyWordIsOneToken() throws IOException {
    try (Tokenizer tokenizer = Tokenizer.load(output.resolve("model"))) {
      assertThat(tokenizer.specialTokens().vocabularySize()).isLessThanOrEqualTo(512);
      for (String text : ShapesTexts.all()) {
        int[] ids = tokenizer.encode(text);
        int words =
            text.replaceAll("[.?\\n]", " $0 ").replaceAll("^ +| +$", "").split("[ ]+", -1).length;
        assertThat(ids).as(text).hasSize(words);
        assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
      }
      int[] turn = tokenizer.encode("<|im_start|>user\n<|vision_start|><|image_pad|>");
      assertThat(turn).hasSize(5);
      assertThat(turn[3]).isEqualTo(tokenizer.specialId("<|vision_start|>"));
      assertThat(tokenizer.decode(tokenizer.encode("Grüße, 世界 123"), false))
          .isEqualTo("Grüße, 世界 123");
    }
  }

  @Test
  void theProcessorFileIsThatOfThePublishedModels() {
    assertThat(ProcessorConfig.read(output.resolve("model"))).isEqualTo(ProcessorConfig.qwen2Vl());
  }

  @Test
  void refusesAFolderThatExistsAndLeavesItAlone() throws IOException {
    Path existing = Files.createDirectory(folder.resolve("existing"));
    assertThatThrownBy(() -> draw("existing", 5, 1))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot write " + existing + ": it exists already; remove it or choose another folder");
    assertThat(existing).isEmptyDirectory();
  }

  @Test
  void aFailureLeavesNothingBehind() throws IOException {
    Path parent = Files.createDirectory(folder.resolve("parent"));
    SampleDataSettings settings = new SampleDataSettings(parent.resolve("x"), 200, 0, 0, 1);
    assertThatThrownBy(
            () ->
                SampleDataSet.write(
                    settings,
                    2,
                    count -> {
                      throw new IllegalStateException("stop");
                    }))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a picture could not be drawn: stop");
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void theVerbReportsAndRefusesByItsExitCode() {
    Path target = folder.resolve("verb");
    String[] arguments = {
      "--output", target.toString(), "--pictures", "3", "--heldout", "2", "--preferences", "1"
    };
    assertThat(SampleDataMain.run(arguments)).isZero();
    assertThat(target.resolve("images/train/00000002.png")).exists();
    assertThat(SampleDataMain.run(arguments)).isEqualTo(1);
    assertThat(SampleDataMain.run(new String[] {"--pictures", "3"})).isEqualTo(2);
    assertThat(SampleDataMain.run(new String[] {"--output", target + "2", "--pictures", "0"}))
        .isEqualTo(2);
    assertThat(SampleDataMain.run(new String[] {"--output", target + "2", "--heldout=-1"}))
        .isEqualTo(2);
  }
}
