package io.sparkmm.convert.torch;

import io.sparkmm.convert.torch.TorchException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The part of a file that holds an archive. All positions count from its first byte.
 *
 * @param path the file, for messages
 * @param channel the open file
 * @param offset first byte in the file
 * @param length bytes of the part
 */
record ZipSlice(Path path, FileChannel channel, long offset, long length) {

  /** Part of a file. */
  static ZipSlice of(Path path, FileChannel channel, long offset, long length) throws IOException {
    long size = channel.size();
    if (offset < 0 || length < 0 || offset > size - length) {
      throw TorchException.cannotRead(
          Kind.TRUNCATED,
          path,
          length + " bytes at " + offset + " are to hold an archive, the file has " + size);
    }
    return new ZipSlice(path, channel, offset, length);
  }

  /** Bytes from a position on, little-endian, ready to be read. */
  ByteBuffer read(long position, int count) throws IOException {
    if (position < 0 || count < 0 || position > length - count) {
      throw fail(
          Kind.BAD_ZIP,
          "it refers to " + count + " bytes at " + position + ", the archive has " + length);
    }
    ByteBuffer target = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    readFully(position, target);
    return target.flip();
  }

  /** Fills a buffer from a position on. */
  void readFully(long position, ByteBuffer target) throws IOException {
    long at = offset + position;
    while (target.hasRemaining()) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw new EOFException("end of file at byte " + at);
      }
      at += count;
    }
  }

  TorchException fail(Kind kind, String reason) {
    return TorchException.cannotRead(kind, path, reason);
  }
}
