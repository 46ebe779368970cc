package io.sparkmm.data.shard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file on the local disk for what memory has no room for; gone when it is closed. */
final class SpillFile implements AutoCloseable {
  private final FileChannel channel;
  private long length;

  private SpillFile(FileChannel channel) {
    this.channel = channel;
  }

  /** Creates a file in the JVM's folder for temporary files. */
  static SpillFile create() throws IOException {
    Path file = Files.createTempFile("sparkmm-samples-", ".tmp");
    return new SpillFile(
        FileChannel.open(
            file,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE));
  }

  /** Appends bytes and returns their position. Not for use by several threads at a time. */
  long append(byte[] bytes) throws IOException {
    long start = length;
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      length += channel.write(buffer, length);
    }
    return start;
  }

  /** Reads bytes; for use by any number of threads. */
  byte[] read(long position, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file of spilled samples is shorter than it was");
      }
    }
    return buffer.array();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
