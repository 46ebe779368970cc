package io.sparkmm.convert.bench;

import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.FileLayout;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TextLayout;
import io.sparkmm.convert.safetensors.SafetensorsIndex;
import io.sparkmm.convert.safetensors.SafetensorsLayout;
import io.sparkmm.convert.safetensors.SafetensorsWriter;
import io.sparkmm.convert.safetensors.ShardPlan;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes a Hugging Face folder with the tensors of a real model and made-up weights. */
final class ModelFolder {

  private ModelFolder() {}

  /** Writes every byte; the files are what {@code save_pretrained} would name them. */
  static void write(QwenSize size, Path folder) {
    PlanExecutor.execute(plan(size, folder), ExecutionOptions.defaults());
  }

  /** Makes files of full size that hold their headers only: reading them costs no disk. */
  static void writeSparse(QwenSize size, Path folder) throws IOException {
    Files.createDirectories(folder);
    for (PlannedFile file : plan(size, folder).files()) {
      FileLayout layout = file.layout();
      try (FileChannel channel =
          FileChannel.open(
              folder.resolve(file.path()),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE,
              StandardOpenOption.SPARSE)) {
        for (Literal literal : layout.literals(new long[layout.tensors().size()])) {
          channel.write(ByteBuffer.wrap(literal.bytes()), literal.offset());
        }
        if (channel.size() < layout.size()) {
          channel.write(ByteBuffer.allocate(1), layout.size() - 1);
        }
      }
    }
  }

  private static ConversionPlan plan(QwenSize size, Path folder) {
    ShardPlan shards = ShardPlan.of(size.tensors(), ShardPlan.DEFAULT_LIMIT);
    List<PlannedFile> files = new ArrayList<>();
    for (ShardPlan.Shard shard : shards.shards()) {
      Map<String, RandomContent> contents = new TreeMap<>();
      for (TensorSpec spec : shard.tensors()) {
        contents.put(spec.name(), new RandomContent(spec));
      }
      files.add(SafetensorsLayout.plan(shard.fileName(), contents, SafetensorsWriter.TORCH));
    }
    files.add(TextLayout.plan(SafetensorsIndex.FILE_NAME, shards.index().toJson()));
    files.add(TextLayout.plan("config.json", size.configJson()));
    return new ConversionPlan(
        "bench convert",
        OutputFolder.plain(folder),
        files,
        List.of(),
        List.of(),
        new TreeMap<>(),
        List.of());
  }
}
