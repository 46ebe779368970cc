package io.sparkmm.convert.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.safetensors.TestFiles;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A tiny model in Hugging Face form, whose contents follow from the numbers of its tensors. */
final class TinyHf {

  static final ObjectMapper MAPPER = new ObjectMapper();

  final ObjectNode config;
  final Map<String, TensorSpec> specs = new LinkedHashMap<>();
  private final Map<String, byte[]> contents = new LinkedHashMap<>();
  private final int seed;

  private TinyHf(ObjectNode config, int seed) {
    this.config = config;
    this.seed = seed;
  }

  /** A model of the golden file. */
  static TinyHf of(JsonNode model) {
    TinyHf tiny = new TinyHf(model.path("config").deepCopy(), model.path("seed").asInt());
    for (JsonNode tensor : model.path("tensors")) {
      List<Long> shape = new ArrayList<>();
      tensor.path(2).forEach(size -> shape.add(size.asLong()));
      String name = tensor.path(0).asText();
      tiny.add(new TensorSpec(name, DType.valueOf(tensor.path(1).asText()), shape));
    }
    return tiny;
  }

  /** The untied Qwen2-VL of two layers that the documents follow through a conversion. */
  static TinyHf workedExample() {
    ObjectNode config =
        parse(
            """
            {"model_type": "qwen2_vl", "hidden_size": 8, "num_attention_heads": 4,
             "num_key_value_heads": 2, "intermediate_size": 16, "vocab_size": 32,
             "num_hidden_layers": 2, "tie_word_embeddings": false,
             "vision_config": {"embed_dim": 8, "num_heads": 2, "depth": 2, "mlp_ratio": 2,
              "hidden_size": 8, "patch_size": 2, "temporal_patch_size": 2, "in_chans": 3,
              "spatial_merge_size": 2}}
            """);
    TinyHf tiny = new TinyHf(config, 1);
    tiny.linear("visual.patch_embed.proj", false, 8, 3, 2, 2, 2);
    for (int layer = 0; layer < 2; layer++) {
      String at = "visual.blocks." + layer + ".";
      tiny.linear(at + "norm1", true, 8);
      tiny.linear(at + "norm2", true, 8);
      tiny.linear(at + "attn.qkv", true, 24, 8);
      tiny.linear(at + "attn.proj", true, 8, 8);
      tiny.linear(at + "mlp.fc1", true, 16, 8);
      tiny.linear(at + "mlp.fc2", true, 8, 16);
    }
    tiny.linear("visual.merger.ln_q", true, 8);
    tiny.linear("visual.merger.mlp.0", true, 32, 32);
    tiny.linear("visual.merger.mlp.2", true, 8, 32);
    tiny.linear("model.embed_tokens", false, 32, 8);
    for (int layer = 0; layer < 2; layer++) {
      String at = "model.layers." + layer + ".";
      tiny.linear(at + "input_layernorm", false, 8);
      tiny.linear(at + "post_attention_layernorm", false, 8);
      tiny.linear(at + "self_attn.q_proj", true, 8, 8);
      tiny.linear(at + "self_attn.k_proj", true, 4, 8);
      tiny.linear(at + "self_attn.v_proj", true, 4, 8);
      tiny.linear(at + "self_attn.o_proj", false, 8, 8);
      tiny.linear(at + "mlp.gate_proj", false, 16, 8);
      tiny.linear(at + "mlp.up_proj", false, 16, 8);
      tiny.linear(at + "mlp.down_proj", false, 8, 16);
    }
    tiny.linear("model.norm", false, 8);
    tiny.linear("lm_head", false, 32, 8);
    return tiny;
  }

  private static ObjectNode parse(String json) {
    try {
      return (ObjectNode) MAPPER.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void linear(String name, boolean bias, long... shape) {
    add(TensorSpec.of(name + ".weight", DType.BF16, shape));
    if (bias) {
      add(TensorSpec.of(name + ".bias", DType.BF16, shape[0]));
    }
  }

  /** Adds a tensor, or gives the one of this name another shape. */
  TinyHf add(TensorSpec spec) {
    int number = seed * 10000 + specs.size();
    specs.put(spec.name(), spec);
    contents.put(spec.name(), pattern(number, spec));
    return this;
  }

  TinyHf without(String name) {
    if (specs.remove(name) == null) {
      throw new IllegalArgumentException("Cannot remove " + name);
    }
    contents.remove(name);
    return this;
  }

  byte[] content(String name) {
    return contents.get(name);
  }

  /** Elements that look random, by the formula of {@code tiny_models.py}. */
  static byte[] pattern(int number, TensorSpec spec) {
    ByteBuffer bytes = ByteBuffer.allocate((int) spec.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
    for (long index = 0; bytes.hasRemaining(); index++) {
      long x = ((index + number * 1000003L) * 2654435761L) & 0xFFFFFFFFL;
      x ^= x >>> 15;
      if (spec.dtype() == DType.BF16) {
        bytes.putShort((short) (x & 0x3FFF));
      } else {
        bytes.putInt((int) (x & 0x3FFFFFFF));
      }
    }
    return bytes.array();
  }

  /** Writes a folder with one file of weights, without index. */
  Path write(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.json"), config.toString(), StandardCharsets.UTF_8);
      Files.writeString(folder.resolve("tokenizer.json"), "{}", StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    TestFiles.write(
        folder.resolve("model.safetensors"),
        List.copyOf(specs.values()),
        spec -> content(spec.name()));
    return folder;
  }
}
