package io.sparkmm.conf;

/**
 * Width and depth of a sub-model, with what follows from them when a key is absent. The sizes of a
 * model that is built from a Hugging Face folder are those of its {@code config.json}; here they
 * are then 0 unless written, and are not checked.
 *
 * @param numLayers {@code num_layers}
 * @param hiddenSize {@code hidden_size}
 * @param ffnHiddenSize {@code ffn_hidden_size}; absent: 4 times the hidden size
 * @param numAttentionHeads {@code num_attention_heads}
 * @param numQueryGroups {@code num_query_groups}; absent: as many as heads
 * @param kvChannels {@code kv_channels}, the size of a head; absent: hidden size / heads
 */
public record ModelSizes(
    int numLayers,
    int hiddenSize,
    int ffnHiddenSize,
    int numAttentionHeads,
    int numQueryGroups,
    int kvChannels)
    implements KeyGroup {
  private static final int MAX = 1 << 28;

  static ModelSizes read(ConfigSection section, boolean fromHuggingFace) {
    int before = section.problems().count();
    int hidden = size(section, "hidden_size", fromHuggingFace);
    int heads = size(section, "num_attention_heads", fromHuggingFace);
    Limit least = Limit.atLeast(fromHuggingFace ? 0 : 1);
    ModelSizes read =
        new ModelSizes(
            size(section, "num_layers", fromHuggingFace),
            hidden,
            section.integer("ffn_hidden_size", 4 * hidden, least),
            heads,
            section.integer("num_query_groups", heads, least),
            section.integer("kv_channels", heads == 0 ? 0 : hidden / heads, least));
    if (!fromHuggingFace && section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private static int size(ConfigSection section, String key, boolean fromHuggingFace) {
    return fromHuggingFace
        ? section.integer(key, 0, Limit.between(0, MAX))
        : section.requiredInteger(key, Limit.between(1, MAX));
  }

  private void check(ConfigSection section) {
    if (hiddenSize % numAttentionHeads != 0) {
      section.report(
          "hidden_size", "must be divisible by num_attention_heads = " + numAttentionHeads);
    }
    if (numAttentionHeads % numQueryGroups != 0) {
      section.report(
          "num_attention_heads", "must be divisible by num_query_groups = " + numQueryGroups);
    }
  }
}
