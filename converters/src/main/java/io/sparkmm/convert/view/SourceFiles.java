package io.sparkmm.convert.view;

import io.sparkmm.convert.ConvertException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Open files to read from, each opened once; safe for use by many threads until closed. */
public final class SourceFiles implements AutoCloseable {

  private final Map<Path, FileChannel> channels = new ConcurrentHashMap<>();

  /**
   * Fills the rest of {@code target} from a position of a file.
   *
   * @throws ConvertException of kind DATA when the file cannot be read or ends before
   */
  public void read(Path file, long position, ByteBuffer target) {
    FileChannel channel = channels.computeIfAbsent(file, SourceFiles::open);
    long at = position;
    try {
      while (target.hasRemaining()) {
        int count = channel.read(target, at);
        if (count < 0) {
          throw new EOFException("it ends before byte " + (at + target.remaining()));
        }
        at += count;
      }
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  private static FileChannel open(Path file) {
    try {
      return FileChannel.open(file, StandardOpenOption.READ);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  private static ConvertException failure(Path file, IOException e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return ConvertException.data("Cannot read " + file + ": " + reason, e);
  }

  @Override
  public void close() {
    channels.forEach(
        (file, channel) -> {
          try {
            channel.close();
          } catch (IOException e) {
            throw failure(file, e);
          }
        });
    channels.clear();
  }
}
