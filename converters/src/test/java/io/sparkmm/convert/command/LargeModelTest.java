package io.sparkmm.convert.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.model.ModelFamilies;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.plan.PlannedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Plans for a model of the size of Qwen2-VL-72B on 64 ranks, whose files have headers but no bytes
 * on disk.
 */
@Tag("slow")
class LargeModelTest {

  private static final int WIDTH = 8192;
  private static final int INNER = 29568;
  private static final int LAYERS = 80;
  private static final int VOCABULARY = 152064;
  private static final int VISION = 1280;
  private static final int VISION_LAYERS = 32;

  private final ModelFamily family = ModelFamilies.standard().family("Qwen2VLConverter");
  private final ObjectNode header = TinyHf.MAPPER.createObjectNode();
  private long offset;

  @Test
  void plansAllCommandsOfALargeModel(@TempDir Path folder) throws IOException {
    Path hf = writeModel(folder.resolve("hf"));
    ParallelLayout layout = layout(Collections.nCopies(8, 10), List.of(32, 0, 0, 0, 0, 0, 0, 0), 8);

    ConversionPlan plan =
        HfToMm.plan(
            family,
            new HfToMmOptions(
                folder.resolve("mm"), layout, hf, Optional.empty(), false, false, false));
    assertThat(plan.files()).hasSize(64);
    writeWithoutWeights(plan);

    ConversionPlan back =
        MmToHf.plan(
            family,
            new MmToHfOptions(
                folder.resolve("mm"), Optional.empty(), layout, hf, folder.resolve("back"), false));
    assertThat(back.files()).hasSize(1);
    assertThat(back.files().get(0).layout().tensors()).hasSize(header.size());

    ConversionPlan resplit =
        Resplit.plan(
            family,
            new ResplitOptions(
                folder.resolve("mm"),
                Optional.empty(),
                layout,
                folder.resolve("other"),
                layout(List.of(20, 20, 20, 20), List.of(32, 0, 0, 0), 4)));
    assertThat(resplit.files()).hasSize(16);
  }

  private static ParallelLayout layout(List<Integer> text, List<Integer> vision, int tp) {
    return new ParallelLayout(List.of(text), List.of(vision), Optional.empty(), tp, 0, 0, 1);
  }

  private Path writeModel(Path folder) throws IOException {
    describeModel();
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "qwen2_vl", "hidden_size": 8192, "num_attention_heads": 64,
         "num_key_value_heads": 8, "intermediate_size": 29568, "num_hidden_layers": 80,
         "vocab_size": 152064, "tie_word_embeddings": false,
         "vision_config": {"depth": 32, "embed_dim": 1280, "num_heads": 16, "hidden_size": 8192,
          "mlp_ratio": 4, "patch_size": 14, "temporal_patch_size": 2, "in_chans": 3}}
        """);
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer start = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(json.length).put(json).flip();
    sparse(folder.resolve("model.safetensors"), start.limit() + offset, 0, start);
    return folder;
  }

  private void describeModel() {
    add("visual.patch_embed.proj.weight", VISION, 3, 2, 14, 14);
    for (int layer = 0; layer < VISION_LAYERS; layer++) {
      String at = "visual.blocks." + layer + ".";
      linear(at + "norm1", VISION);
      linear(at + "norm2", VISION);
      linear(at + "attn.qkv", 3 * VISION, VISION);
      linear(at + "attn.proj", VISION, VISION);
      linear(at + "mlp.fc1", 4 * VISION, VISION);
      linear(at + "mlp.fc2", VISION, 4 * VISION);
    }
    linear("visual.merger.ln_q", VISION);
    linear("visual.merger.mlp.0", 4 * VISION, 4 * VISION);
    linear("visual.merger.mlp.2", WIDTH, 4 * VISION);
    add("model.embed_tokens.weight", VOCABULARY, WIDTH);
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = "model.layers." + layer + ".";
      add(at + "input_layernorm.weight", WIDTH);
      add(at + "post_attention_layernorm.weight", WIDTH);
      linear(at + "self_attn.q_proj", WIDTH, WIDTH);
      linear(at + "self_attn.k_proj", 1024, WIDTH);
      linear(at + "self_attn.v_proj", 1024, WIDTH);
      add(at + "self_attn.o_proj.weight", WIDTH, WIDTH);
      add(at + "mlp.gate_proj.weight", INNER, WIDTH);
      add(at + "mlp.up_proj.weight", INNER, WIDTH);
      add(at + "mlp.down_proj.weight", WIDTH, INNER);
    }
    add("model.norm.weight", WIDTH);
    add("lm_head.weight", VOCABULARY, WIDTH);
  }

  private void linear(String name, long... shape) {
    add(name + ".weight", shape);
    add(name + ".bias", shape[0]);
  }

  private void add(String name, long... shape) {
    long bytes = 2;
    ObjectNode tensor = header.putObject(name);
    tensor.put("dtype", "BF16");
    for (long size : shape) {
      tensor.withArray("shape").add(size);
      bytes *= size;
    }
    tensor.putArray("data_offsets").add(offset).add(offset + bytes);
    offset += bytes;
  }

  private static void writeWithoutWeights(ConversionPlan plan) throws IOException {
    for (PlannedFile file : plan.files()) {
      Path path = plan.output().files().resolve(file.path());
      Files.createDirectories(path.getParent());
      long[] checksums = new long[file.layout().tensors().size()];
      for (Literal literal : file.layout().literals(checksums)) {
        ByteBuffer bytes = ByteBuffer.wrap(literal.bytes());
        sparse(path, file.layout().size(), literal.offset(), bytes);
      }
    }
    Files.writeString(plan.output().root().resolve(OutputFolder.TRACKER), OutputFolder.RELEASE);
  }

  private static void sparse(Path path, long size, long at, ByteBuffer bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(bytes, at);
      if (channel.size() < size) {
        channel.write(ByteBuffer.allocate(1), size - 1);
      }
    }
  }
}
