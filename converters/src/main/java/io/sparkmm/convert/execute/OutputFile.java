package io.sparkmm.convert.execute;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * A file written at absolute offsets by several threads. Whole blocks go to the disk directly where
 * the file system allows that: the page cache, which would only be written out later, then stays
 * free for what is read, and the speed does not depend on how full memory is.
 */
final class OutputFile implements AutoCloseable {

  private static final Optional<OpenOption> DIRECT = directOption();

  private final FileChannel buffered;
  private volatile Optional<FileChannel> direct;

  private OutputFile(FileChannel buffered, Optional<FileChannel> direct) {
    this.buffered = buffered;
    this.direct = direct;
  }

  /** Begins a new file, an older one of this name is emptied. */
  static OutputFile create(Path path, boolean wantDirect) throws IOException {
    Files.deleteIfExists(path);
    FileChannel buffered =
        FileChannel.open(path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    try {
      return new OutputFile(buffered, wantDirect ? openDirect(path) : Optional.empty());
    } catch (RuntimeException e) {
      buffered.close();
      throw e;
    }
  }

  /** The JDK has the option outside of its standard interface. */
  private static Optional<OpenOption> directOption() {
    try {
      Class<?> type = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return Arrays.stream(type.getEnumConstants())
          .filter(option -> option.toString().equals("DIRECT"))
          .map(OpenOption.class::cast)
          .findFirst();
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  private static Optional<FileChannel> openDirect(Path path) {
    if (DIRECT.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(FileChannel.open(path, Set.of(StandardOpenOption.WRITE, DIRECT.get())));
    } catch (IOException | UnsupportedOperationException e) {
      // Memory file systems and some network ones refuse; ordinary writes do there.
      return Optional.empty();
    }
  }

  /**
   * Writes all of a buffer.
   *
   * @param offset in the file; for direct writes both it and the buffer's memory must be aligned to
   *     {@link Chunks#BLOCK}
   */
  void write(long offset, ByteBuffer bytes) throws IOException {
    Optional<FileChannel> channel = direct;
    int whole = bytes.remaining() / Chunks.BLOCK * Chunks.BLOCK;
    if (channel.isEmpty() || offset % Chunks.BLOCK != 0 || whole == 0) {
      writeFully(buffered, offset, bytes);
      return;
    }
    int begin = bytes.position();
    try {
      writeFully(channel.get(), offset, bytes.slice(begin, whole));
    } catch (IOException e) {
      // Blocks larger than ours, or a file system that refuses only now. A real failure, such as a
      // full disk, comes again from the ordinary write.
      direct = Optional.empty();
      writeFully(buffered, offset, bytes);
      channel.get().close();
      return;
    }
    writeFully(buffered, offset + whole, bytes.position(begin + whole));
  }

  /** Writes bytes of any length at any offset, after the direct writes around them. */
  void patch(long offset, ByteBuffer bytes) throws IOException {
    writeFully(buffered, offset, bytes);
  }

  private static void writeFully(FileChannel channel, long offset, ByteBuffer bytes)
      throws IOException {
    long at = offset;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /** Makes all bytes survive a power cut. */
  void force() throws IOException {
    buffered.force(true);
  }

  @Override
  public void close() throws IOException {
    try (buffered) {
      if (direct.isPresent()) {
        direct.get().close();
      }
    }
  }
}
