package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import io.sparkmm.convert.tensor.TensorSink;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Writes a checkpoint folder in the layout of Hugging Face libraries: one {@code
 * model.safetensors}, or several shards and the index. The index is written last. Tensors that
 * share memory must be declared once, under the name that the loader expects.
 */
public final class CheckpointWriter implements TensorSink {

  private final Path folder;
  private final ShardPlan plan;
  private final List<SafetensorsWriter> writers = new ArrayList<>();
  private final Map<String, SafetensorsWriter> byTensor = new HashMap<>();

  private CheckpointWriter(Path folder, ShardPlan plan) {
    this.folder = folder;
    this.plan = plan;
  }

  /**
   * Declares a checkpoint.
   *
   * @param folder created when missing; must not hold a checkpoint yet
   * @param specs all tensors, in the order in which they fill the files; names must differ
   * @param limit bytes of tensors in one file; {@link ShardPlan#DEFAULT_LIMIT} is customary
   */
  public static CheckpointWriter create(Path folder, List<TensorSpec> specs, long limit) {
    CheckpointWriter result = new CheckpointWriter(folder, ShardPlan.of(specs, limit));
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new SafetensorsException(Kind.IO, folder, "Cannot create folder " + folder, e);
    }
    List<String> present = CheckpointFolder.modelFiles(folder);
    if (!present.isEmpty()) {
      throw SafetensorsException.cannotWrite(
          Kind.TARGET_EXISTS,
          folder,
          "it already holds a checkpoint " + present + "; choose another folder or remove them");
    }
    try {
      result.openWriters();
      return result;
    } catch (RuntimeException e) {
      result.closeAfter(e);
      throw e;
    }
  }

  private void openWriters() {
    TreeSet<String> names = new TreeSet<>();
    for (ShardPlan.Shard shard : plan.shards()) {
      for (TensorSpec spec : shard.tensors()) {
        if (!names.add(spec.name())) {
          throw SafetensorsException.cannotWrite(
              Kind.DUPLICATE_NAME, folder, "tensor " + spec.name() + " was declared twice");
        }
      }
      SafetensorsWriter writer =
          SafetensorsWriter.create(
              folder.resolve(shard.fileName()), shard.tensors(), SafetensorsWriter.TORCH);
      writers.add(writer);
      shard.tensors().forEach(spec -> byTensor.put(spec.name(), writer));
    }
  }

  private void closeAfter(RuntimeException failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** Which tensor goes to which file. */
  public ShardPlan plan() {
    return plan;
  }

  @Override
  public void append(String name, ByteBuffer bytes) {
    writer(name).append(name, bytes);
  }

  @Override
  public void appendFrom(String name, ReadableByteChannel source) {
    writer(name).appendFrom(name, source);
  }

  private SafetensorsWriter writer(String name) {
    SafetensorsWriter writer = byTensor.get(name);
    if (writer == null) {
      throw SafetensorsException.cannotWrite(
          Kind.UNKNOWN_TENSOR,
          folder,
          "tensor " + name + " was not declared" + NearNames.hint(name, byTensor.keySet()));
    }
    return writer;
  }

  @Override
  public void commit() {
    writers.forEach(SafetensorsWriter::checkComplete);
    writers.forEach(SafetensorsWriter::commit);
    if (writers.size() > 1) {
      plan.index().write(folder.resolve(SafetensorsIndex.FILE_NAME));
    }
  }

  /** Discards what was written unless {@link #commit} was called. */
  @Override
  public void close() {
    RuntimeException failure = null;
    for (SafetensorsWriter writer : writers) {
      try {
        writer.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
