package io.sparkmm.conf.load;

import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.ConfigTree;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.ModelSizes;
import io.sparkmm.conf.StructureArguments;
import io.sparkmm.conf.TextDecoderConfig;
import java.util.OptionalInt;

/**
 * The model file wins over launch arguments that describe the structure of the decoder. An argument
 * that says something else is reported with its old and its new value.
 */
final class StructurePrecedence {
  private final ConfigTree model;
  private final ConfigProblems problems;

  private StructurePrecedence(ModelConfig model, ConfigProblems problems) {
    this.model = model.raw();
    this.problems = problems;
  }

  static LaunchArguments apply(LaunchArguments launch, ModelConfig model, ConfigProblems problems) {
    StructurePrecedence rule = new StructurePrecedence(model, problems);
    StructureArguments given = launch.structure();
    TextDecoderConfig text = model.textDecoder();
    ModelSizes sizes = text.sizes();
    return launch.withStructure(
        new StructureArguments(
            rule.pick("num_layers", given.numLayers(), sizes.numLayers()),
            rule.pick("hidden_size", given.hiddenSize(), sizes.hiddenSize()),
            rule.pick("ffn_hidden_size", given.ffnHiddenSize(), sizes.ffnHiddenSize()),
            rule.pick("num_attention_heads", given.numAttentionHeads(), sizes.numAttentionHeads()),
            rule.pick("num_query_groups", given.numQueryGroups(), sizes.numQueryGroups()),
            rule.pick(
                "max_position_embeddings",
                given.maxPositionEmbeddings(),
                text.maxPositionEmbeddings()),
            given.untieEmbeddingsAndOutputWeights(),
            given.attentionDropout(),
            given.hiddenDropout()));
  }

  private OptionalInt pick(String key, OptionalInt given, int value) {
    String path = "text_decoder." + key;
    if (!model.has(path)) {
      return given;
    }
    if (given.isPresent() && given.getAsInt() != value) {
      problems.warn(
          LaunchArguments.FILE,
          "--" + key.replace('_', '-'),
          Integer.toString(given.getAsInt()),
          "is replaced by " + path + " = " + value + " of the model configuration");
    }
    return OptionalInt.of(value);
  }
}
