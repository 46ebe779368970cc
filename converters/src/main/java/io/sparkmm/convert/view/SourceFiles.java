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

  private record Source(FileChannel channel, long size) {}

  private final Map<Path, Source> sources = new ConcurrentHashMap<>();
  private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);
  private final SourceChecks checks;

  /** Files whose checksums are not looked at. */
  public SourceFiles() {
    this(SourceChecks.NONE);
  }

  /**
   * @param checks takes note of all that is read
   */
  public SourceFiles(SourceChecks checks) {
    this.checks = checks;
  }

  /**
   * Fills the rest of {@code target} from a position of a file.
   *
   * @throws ConvertException of kind DATA when the file cannot be read or ends before
   */
  public void read(Path file, long position, ByteBuffer target) {
    FileChannel channel = source(file).channel();
    int begin = target.position();
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
    checks.read(file, position, target.slice(begin, target.position() - begin));
  }

  /** Size in bytes that a file had when it was opened. */
  long size(Path file) {
    return source(file).size();
  }

  /** The buffer of the calling thread. */
  Scratch scratch() {
    return scratch.get();
  }

  private Source source(Path file) {
    Source known = sources.get(file);
    return known != null ? known : sources.computeIfAbsent(file, SourceFiles::open);
  }

  private static Source open(Path file) {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        return new Source(channel, channel.size());
      } catch (IOException e) {
        channel.close();
        throw e;
      }
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
    scratch.remove();
    ConvertException problem = null;
    for (Map.Entry<Path, Source> source : sources.entrySet()) {
      try {
        source.getValue().channel().close();
      } catch (IOException e) {
        problem = failure(source.getKey(), e);
      }
    }
    sources.clear();
    if (problem != null) {
      throw problem;
    }
  }
}
