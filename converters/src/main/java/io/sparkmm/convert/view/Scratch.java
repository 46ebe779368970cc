package io.sparkmm.convert.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The buffer of one thread through which short runs are read. It remembers what it holds, so that
 * many tiny reads close to each other are one.
 */
final class Scratch {

  /** Size of the buffer, and so the longest read. */
  static final int BYTES = 1 << 20;

  /** Reads that are shorter read on up to this length. */
  static final int WINDOW_BYTES = 16 << 10;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);
  private Path file;
  private long begin;
  private int held;

  /**
   * Bytes of a file, at position 0 of the result, which is valid until the next call.
   *
   * @param length at most {@link #BYTES}
   */
  ByteBuffer read(SourceFiles files, Path from, long position, int length) {
    boolean here = from.equals(file) && position >= begin && position + length <= begin + held;
    if (!here) {
      file = null;
      long most = Math.max(length, Math.min(WINDOW_BYTES, files.size(from) - position));
      buffer.clear();
      buffer.limit((int) most);
      files.read(from, position, buffer);
      file = from;
      begin = position;
      held = (int) most;
    }
    return buffer.slice((int) (position - begin), length);
  }
}
