package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.StructureArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StructurePrecedenceTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "num_layers, 9, 3",
    "hidden_size, 9, 96",
    "num_attention_heads, 9, 4",
    "max_position_embeddings, 9, 2048",
  })
  void theModelFileWinsAndSaysSo(String key, int given, int effective) {
    String option = "--" + key.replace('_', '-');
    TrainingFiles files = new TrainingFiles(folder).arguments(option + " " + given);

    assertThat(valueOf(key, files.load().launch().structure())).hasValue(effective);
    assertThat(files.warnings())
        .containsExactly(
            "launch arguments: "
                + option
                + " = "
                + given
                + ": is replaced by text_decoder."
                + key
                + " = "
                + effective
                + " of the model configuration");
  }

  @ParameterizedTest
  @CsvSource({"num_layers, 3", "hidden_size, 96", "num_attention_heads, 4"})
  void equalValuesAreNoNews(String key, int value) {
    TrainingFiles files =
        new TrainingFiles(folder).arguments("--" + key.replace('_', '-') + " " + value);

    assertThat(files.warnings()).isEmpty();
  }

  @Test
  void whatIsNotInTheFileStaysAsGiven() {
    StructureArguments structure =
        new TrainingFiles(folder)
            .arguments("--ffn-hidden-size 7 --num-query-groups 2")
            .load()
            .launch()
            .structure();

    assertThat(structure.ffnHiddenSize()).hasValue(7);
    assertThat(structure.numQueryGroups()).hasValue(2);
  }

  @Test
  void theFileFillsWhatWasNotGiven() {
    StructureArguments structure = new TrainingFiles(folder).load().launch().structure();

    assertThat(structure.numLayers()).hasValue(3);
    assertThat(structure.hiddenSize()).hasValue(96);
    assertThat(structure.ffnHiddenSize()).isEmpty();
  }

  @Test
  void trainingValuesStayThoseOfTheCommandLine() {
    StructureArguments structure =
        new TrainingFiles(folder)
            .model("text_decoder.attention_dropout", "0.0")
            .arguments("--attention-dropout 0.25 --untie-embeddings-and-output-weights")
            .load()
            .launch()
            .structure();

    assertThat(structure.attentionDropout()).isEqualTo(0.25);
    assertThat(structure.untieEmbeddingsAndOutputWeights()).isTrue();
  }

  @Test
  void numbersBetweenQuotesInAYamlModelCountAsNumbers() throws IOException {
    String yaml =
        """
        MM_TOOL_PATH: ''
        gpt_args: {micro_batch_size: 1, seq_length: 64, train_iters: 10, lr: 1.0e-5, num_layers: 9}
        model:
          model_id: qwen2vl
          img_context_token_id: 7
          image_encoder:
            vision_encoder: {num_layers: 2, hidden_size: 64, num_attention_heads: 4}
            vision_projector: {input_size: 64, hidden_size: 96}
          text_decoder:
            num_layers: '3'
            hidden_size: '96'
            num_attention_heads: 4
            vocab_size: 512
            max_position_embeddings: 2048
            mrope_section: [4, 4, 4]
        data:
          dataset_param:
            dataset_type: huggingface
            preprocess_parameters: {}
            basic_parameters: {dataset: a.json}
            attr: {}
          dataloader_param:
            dataloader_mode: sampler
            collate_param: {model_name: qwen2vl, ignore_pad_token_for_loss: true}
        """;
    Path file = Files.writeString(folder.resolve("train.yaml"), yaml);

    StructureArguments structure =
        ConfigLoader.load(List.of(file.toString()), Map.of()).launch().structure();

    assertThat(structure.numLayers()).hasValue(3);
    assertThat(structure.hiddenSize()).hasValue(96);
  }

  private static OptionalInt valueOf(String key, StructureArguments structure) {
    return switch (key) {
      case "num_layers" -> structure.numLayers();
      case "hidden_size" -> structure.hiddenSize();
      case "num_attention_heads" -> structure.numAttentionHeads();
      case "max_position_embeddings" -> structure.maxPositionEmbeddings();
      default -> throw new IllegalArgumentException(key);
    };
  }
}
