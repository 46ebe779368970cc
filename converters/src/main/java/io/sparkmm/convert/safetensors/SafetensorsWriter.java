package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSink;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes one safetensors file as a stream: the tensors are declared first, their bytes follow in
 * any order. The bytes go to a hidden file beside the target, which {@link #commit} flushes to disk
 * and renames, so that the target is there as a whole or not at all.
 *
 * <pre>{@code
 * try (SafetensorsWriter out = SafetensorsWriter.create(path, specs, SafetensorsWriter.TORCH)) {
 *   for (TensorSpec spec : specs) {
 *     out.append(spec.name(), bytesOf(spec));
 *   }
 *   out.commit();
 * }
 * }</pre>
 */
public final class SafetensorsWriter implements TensorSink {

  /** The metadata that Hugging Face libraries demand of a PyTorch checkpoint. */
  public static final Map<String, String> TORCH = Map.of("format", "pt");

  private static final int COPY_BYTES = 1 << 20;
  private static final AtomicLong COUNTER = new AtomicLong();

  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private final Map<String, Progress> tensors = new LinkedHashMap<>();
  private boolean open = true;

  private static final class Progress {
    final TensorRef tensor;
    long written;

    Progress(TensorRef tensor) {
      this.tensor = tensor;
    }

    long missing() {
      return tensor.byteSize() - written;
    }
  }

  private SafetensorsWriter(Path target, Path temporary, FileChannel channel, Layout layout) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
    layout.tensors().forEach(tensor -> tensors.put(tensor.name(), new Progress(tensor)));
  }

  /**
   * Declares a file.
   *
   * @param target the file to appear on commit; an older one is replaced; its folder must exist
   * @param specs all tensors; the order does not matter, names must differ
   * @param metadata free text pairs; {@link #TORCH} for files that {@code transformers} shall load
   * @throws SafetensorsException when a name stands twice or the file cannot be created
   */
  public static SafetensorsWriter create(
      Path target, Collection<TensorSpec> specs, Map<String, String> metadata) {
    Layout layout = Layout.of(target, specs, metadata);
    Path temporary =
        target.resolveSibling(
            "."
                + target.getFileName()
                + "."
                + ProcessHandle.current().pid()
                + "-"
                + COUNTER.incrementAndGet()
                + ".tmp");
    try {
      FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      SafetensorsWriter writer = new SafetensorsWriter(target, temporary, channel, layout);
      try {
        Channels.writeFully(channel, 0, ByteBuffer.wrap(layout.header()));
        return writer;
      } catch (IOException e) {
        writer.closeAfter(e);
        throw e;
      }
    } catch (IOException e) {
      throw ioFailure(target, e);
    }
  }

  private void closeAfter(IOException failure) {
    try {
      close();
    } catch (SafetensorsException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void append(String name, ByteBuffer bytes) {
    Progress progress = progress(name);
    int count = bytes.remaining();
    if (count > progress.missing()) {
      throw SafetensorsException.cannotWrite(
          Kind.TOO_MANY_BYTES,
          target,
          "tensor "
              + name
              + " has "
              + progress.tensor.byteSize()
              + " bytes, "
              + (progress.written + count)
              + " were given");
    }
    try {
      Channels.writeFully(channel, progress.tensor.begin() + progress.written, bytes);
      progress.written += count;
    } catch (IOException e) {
      throw ioFailure(target, e);
    }
  }

  @Override
  public void appendFrom(String name, ReadableByteChannel source) {
    Progress progress = progress(name);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect((int) Math.min(COPY_BYTES, Math.max(1, progress.missing())));
    while (progress.missing() > 0) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), progress.missing()));
      int count;
      try {
        count = source.read(buffer);
      } catch (IOException e) {
        throw new SafetensorsException(
            Kind.IO,
            target,
            "Cannot write " + target + ": the source of tensor " + name + " failed",
            e);
      }
      if (count < 0) {
        throw tooFewBytes(List.of(describeMissing(progress)));
      }
      append(name, buffer.flip());
    }
  }

  /** Refuses to go on when bytes of any tensor are missing. */
  void checkComplete() {
    checkOpen();
    List<String> missing =
        tensors.values().stream()
            .filter(progress -> progress.missing() > 0)
            .map(SafetensorsWriter::describeMissing)
            .toList();
    if (!missing.isEmpty()) {
      throw tooFewBytes(missing);
    }
  }

  @Override
  public void commit() {
    checkComplete();
    try {
      channel.force(true);
      channel.close();
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      open = false;
      Channels.forceFolder(target.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw ioFailure(target, e);
    }
  }

  private Progress progress(String name) {
    checkOpen();
    Progress progress = tensors.get(name);
    if (progress == null) {
      throw SafetensorsException.cannotWrite(
          Kind.UNKNOWN_TENSOR,
          target,
          "tensor " + name + " was not declared" + NearNames.hint(name, tensors.keySet()));
    }
    return progress;
  }

  private void checkOpen() {
    if (!open) {
      throw SafetensorsException.cannotWrite(Kind.CLOSED, target, "it was closed before");
    }
  }

  private static String describeMissing(Progress progress) {
    return progress.tensor.name()
        + " ("
        + progress.written
        + " of "
        + progress.tensor.byteSize()
        + " bytes)";
  }

  private SafetensorsException tooFewBytes(List<String> missing) {
    return SafetensorsException.cannotWrite(
        Kind.TOO_FEW_BYTES, target, "bytes are missing of tensors " + String.join(", ", missing));
  }

  private static SafetensorsException ioFailure(Path path, IOException e) {
    return new SafetensorsException(
        Kind.IO,
        path,
        "Cannot write " + path + ": " + e.getClass().getSimpleName() + ": " + e.getMessage(),
        e);
  }

  /** Discards what was written unless {@link #commit} was called. */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    try {
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw ioFailure(temporary, e);
    }
  }
}
