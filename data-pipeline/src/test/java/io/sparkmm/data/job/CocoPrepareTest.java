package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way from a LLaVA file with real photos and the real tokenizer to shards. */
@Tag("slow")
class CocoPrepareTest {
  private static final int IMAGE_PAD = 151655;

  @TempDir private Path folder;

  @Test
  void everyRecordOfTheSampleSetBecomesASample() throws IOException {
    Path shared = TestFiles.sharedData();
    Path coco = shared.resolve("coco128");
    Path source = coco.resolve("llava_instruct_train2017.json");
    Path mllm = folder.resolve("mllm.json");
    ImportReport imported =
        ImportLlavaJob.run(
            TestSpark.local(2),
            new ImportSettings(
                source.toString(),
                coco.toString(),
                "train2017",
                mllm.toString(),
                OptionalInt.of(2)));
    JsonNode records = TestInputs.MAPPER.readTree(source.toFile());
    assertThat(imported.kept()).isEqualTo(records.size());
    assertThat(imported.dropped()).isEmpty();

    Path output = folder.resolve("out");
    ShardManifest manifest =
        PrepareJob.run(
            TestSpark.local(2),
            TestInputs.settings(
                config(shared, mllm, coco), output, PrepareSettings.Options.of(1024)));

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(records.size());
    try (Tokenizer tokenizer = Tokenizer.load(folder.resolve("model"));
        ShardReader reader =
            ShardReader.open(output.toString(), Split.TRAIN, new Configuration())) {
      reader.verify();
      for (int index = 0; index < records.size(); index++) {
        check(records.get(index), reader.read(index), tokenizer, coco);
      }
    }
  }

  private static void check(JsonNode record, EncodedSample sample, Tokenizer tokenizer, Path coco) {
    StringBuilder answers = new StringBuilder();
    for (JsonNode turn : record.get("conversations")) {
      if (turn.get("from").asText().equals("gpt")) {
        answers.append(turn.get("value").asText()).append("<|im_end|>\n");
      }
    }
    StringBuilder trained = new StringBuilder();
    for (LabelSpan span : sample.labelSpans()) {
      int[] ids = Arrays.copyOfRange(sample.inputIds(), span.start(), span.end());
      trained.append(tokenizer.decode(ids, false));
    }
    assertThat(trained).hasToString(answers.toString());
    assertThat(sample.images()).hasSize(1);
    EncodedImage image = sample.images().get(0);
    assertThat(image.path()).isEqualTo(coco + "/./train2017/" + record.get("image").asText());
    long pads = Arrays.stream(sample.inputIds()).filter(id -> id == IMAGE_PAD).count();
    assertThat(pads).isEqualTo(image.patches() / 4);
  }

  private ObjectNode config(Path shared, Path mllm, Path coco) throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    for (String file : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
      Files.copy(shared.resolve("qwen_tokenizer").resolve(file), model.resolve(file));
    }
    Files.writeString(
        model.resolve("preprocessor_config.json"),
        "{\"min_pixels\": 3136, \"max_pixels\": 12845056, \"patch_size\": 14, \"merge_size\": 2}");
    ObjectNode config = TestInputs.config(model, mllm, coco);
    ObjectNode attr = TestInputs.attr(config);
    attr.put("messages", "messages").put("images", "images");
    attr.put("role_tag", "role").put("content_tag", "content");
    attr.put("user_tag", "user").put("assistant_tag", "assistant");
    return config;
  }
}
