package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.Fsdp2Config;
import io.sparkmm.conf.InitMethod;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.ToolsConfig;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.conf.pattern.ModulePattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShippedExamplesTest {
  private static final Path EXAMPLES = Path.of("..", "conf", "examples");

  @ParameterizedTest
  @CsvSource({
    "2b, 1536, 28, 8960, 12, 2, 151936, false, [32], [28]",
    "7b, 3584, 28, 18944, 28, 4, 152064, true, '[32, 0, 0, 0]', '[1, 10, 10, 7]'",
    "72b, 8192, 80, 29568, 64, 8, 152064, true, '[32, 0, 0, 0, 0, 0, 0, 0]',"
        + " '[5, 11, 11, 11, 11, 11, 11, 9]'",
  })
  void qwen2VlModelsHaveThePublishedSizes(
      String size,
      int width,
      int layers,
      int ffn,
      int heads,
      int groups,
      int vocabulary,
      boolean untied,
      String visionStages,
      String textStages) {
    ModelConfig model = ConfigLoader.loadModel(EXAMPLES.resolve("qwen2vl/model_" + size + ".json"));

    assertThat(model.textDecoder().hiddenSize()).isEqualTo(width);
    assertThat(model.textDecoder().numLayers()).isEqualTo(layers);
    assertThat(model.textDecoder().ffnHiddenSize()).isEqualTo(ffn);
    assertThat(model.textDecoder().numAttentionHeads()).isEqualTo(heads);
    assertThat(model.textDecoder().numQueryGroups()).isEqualTo(groups);
    assertThat(model.textDecoder().kvChannels()).isEqualTo(128);
    assertThat(model.textDecoder().vocabSize()).isEqualTo(vocabulary);
    assertThat(model.textDecoder().untieEmbeddingsAndOutputWeights()).isEqualTo(untied);
    assertThat(model.textDecoder().pipelineNumLayers().map(Object::toString)).contains(textStages);
    assertThat(model.visionEncoder().pipelineNumLayers().map(Object::toString))
        .contains(visionStages);
    assertThat(model.visionEncoder().kvChannels()).isEqualTo(80);
    assertThat(model.visionProjector().hiddenSize()).isEqualTo(width);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2b", "7b", "72b", "72b_dpo"})
  void qwen2VlDataFilesAreForTheirCheckpoint(String name) {
    DataConfig data = ConfigLoader.loadData(EXAMPLES.resolve("qwen2vl/data_" + name + ".json"));

    String size = name.replace("_dpo", "").toUpperCase(java.util.Locale.ROOT);
    assertThat(data.datasetParam().preprocessParameters().modelNameOrPath())
        .contains("./ckpt/hf_path/Qwen2-VL-" + size + "-Instruct");
    assertThat(data.datasetParam().basicParameters().template()).contains("qwen2vl");
    assertThat(data.datasetParam().attr().ranking()).isEqualTo(name.endsWith("dpo"));
  }

  @Test
  void qwen2VlToolsFileSpellsOutTheDefaults() {
    ToolsConfig tools = ConfigLoader.loadTools(EXAMPLES.resolve("qwen2vl/tools.json"));

    assertThat(tools.profile().staticParam())
        .isEqualTo(ToolsConfig.defaults().profile().staticParam());
    assertThat(tools.memoryProfile()).isEqualTo(ToolsConfig.defaults().memoryProfile());
    assertThat(tools.sorafeature()).isEqualTo(ToolsConfig.defaults().sorafeature());
  }

  @Test
  void qwen2VlShardingFileWrapsEveryLayer() {
    Fsdp2Config fsdp2 = ConfigLoader.loadFsdp2(EXAMPLES.resolve("qwen2vl/fsdp2_config.yaml"));

    assertThat(fsdp2.subModulesToWrap())
        .extracting(ModulePattern::text)
        .containsExactly(
            "visual.blocks.{*}",
            "visual.merger",
            "model.embed_tokens",
            "model.layers.{*}",
            "lm_head");
  }

  @Test
  void quickstartModelHasTheSizesOfTheRecipe() {
    ModelConfig model = ConfigLoader.loadModel(EXAMPLES.resolve("quickstart/model.json"));

    assertThat(model.initMethod()).isEqualTo(InitMethod.FAN_IN);
    assertThat(model.visionEncoder().numLayers()).isEqualTo(2);
    assertThat(model.visionEncoder().hiddenSize()).isEqualTo(64);
    assertThat(model.visionEncoder().ffnHiddenSize()).isEqualTo(256);
    assertThat(model.textDecoder().numLayers()).isEqualTo(3);
    assertThat(model.textDecoder().hiddenSize()).isEqualTo(96);
    assertThat(model.textDecoder().ffnHiddenSize()).isEqualTo(192);
    assertThat(model.textDecoder().kvChannels()).isEqualTo(24);
    assertThat(model.textDecoder().mropeSection()).containsExactly(4, 4, 4);
    assertThat(model.textDecoder().untieEmbeddingsAndOutputWeights()).isTrue();
  }

  @Test
  void quickstartFilesGoTogether() throws IOException {
    TrainingConfiguration configuration =
        ConfigLoader.load(quickstartArguments(), Map.of("CUDA_DEVICE_MAX_CONNECTIONS", "2"));

    assertThat(configuration.worldSize()).isEqualTo(2);
    assertThat(configuration.numMicrobatches(2)).isEqualTo(1);
    assertThat(configuration.validate(1)).isEmpty();
    assertThat(configuration.launch().optimizer().weightDecayExcludeModules())
        .containsExactly("norm", "ln_q", "bias", "embed_tokens");
  }

  private static List<String> quickstartArguments() throws IOException {
    try (Stream<String> lines = Files.lines(EXAMPLES.resolve("quickstart/launch.args"))) {
      return lines
          .flatMap(line -> Arrays.stream(line.split(" ", -1)))
          .map(word -> word.startsWith("conf/") ? "../" + word : word)
          .toList();
    }
  }
}
