package io.sparkmm.convert.torch;

import io.sparkmm.convert.plan.FileLayout;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.torch.TorchException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/** Writes one file by its layout, one tensor after the other, in one thread. */
public final class TorchFileWriter {

  private static final int BUFFER_BYTES = 1 << 20;

  /** Gives the bytes of tensors. */
  @FunctionalInterface
  public interface Content {

    /**
     * Fills the rest of a buffer with bytes of a tensor.
     *
     * @param tensor place of the tensor in the layout
     * @param offset first byte, counted from the start of the tensor
     * @param target receives {@code target.remaining()} bytes
     */
    void read(TensorPlace tensor, long offset, ByteBuffer target);
  }

  private TorchFileWriter() {}

  /**
   * Writes a file. It appears as a whole when all bytes are on disk, or not at all.
   *
   * @param target the file; an older one is replaced; its folder must exist
   * @throws TorchException when the file cannot be written, or the content gives too few bytes
   */
  public static void write(Path target, FileLayout layout, Content content) {
    Path temporary =
        target.resolveSibling(
            "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        long[] crc32 = new long[layout.tensors().size()];
        ByteBuffer buffer = buffer(layout);
        for (int i = 0; i < crc32.length; i++) {
          crc32[i] = writeTensor(target, channel, layout.tensors().get(i), content, buffer);
        }
        for (Literal literal : layout.literals(crc32)) {
          writeFully(channel, literal.offset(), ByteBuffer.wrap(literal.bytes()));
        }
        channel.force(true);
      } catch (IOException | RuntimeException e) {
        deleteAfter(e, temporary);
        throw e;
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw TorchException.cannotWrite(
          Kind.IO, target, e.getClass().getSimpleName() + ": " + e.getMessage(), e);
    }
  }

  /** Outside of the heap, so that writing does not copy it once more. */
  private static ByteBuffer buffer(FileLayout layout) {
    long largest = layout.tensors().stream().mapToLong(TensorPlace::byteSize).max().orElse(0);
    return ByteBuffer.allocateDirect((int) Math.max(1, Math.min(BUFFER_BYTES, largest)));
  }

  private static long writeTensor(
      Path target, FileChannel channel, TensorPlace tensor, Content content, ByteBuffer buffer)
      throws IOException {
    CRC32 crc32 = new CRC32();
    for (long done = 0; done < tensor.byteSize(); done += buffer.limit()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), tensor.byteSize() - done));
      content.read(tensor, done, buffer);
      if (buffer.hasRemaining()) {
        throw TorchException.cannotWrite(
            Kind.BAD_LAYOUT,
            target,
            buffer.remaining() + " bytes are missing of tensor " + tensor.name(),
            null);
      }
      crc32.update(buffer.flip());
      writeFully(channel, tensor.offset() + done, buffer.rewind());
    }
    return crc32.getValue();
  }

  private static void writeFully(FileChannel channel, long position, ByteBuffer source)
      throws IOException {
    long at = position;
    while (source.hasRemaining()) {
      at += channel.write(source, at);
    }
  }

  private static void deleteAfter(Exception failure, Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
